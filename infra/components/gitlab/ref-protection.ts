import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";

/** Who may do what with the protected refs: access levels of GitLab, such as `maintainer`. */
export interface ProtectionRules {
  /** Who may push to protected branches, and who may merge into them. */
  pushAccessLevel: pulumi.Input<string>;
  mergeAccessLevel: pulumi.Input<string>;
  /** Tags to protect; `*` stands for any text. */
  tagPattern: string;
  /** Who may create tags that match. */
  tagCreateAccessLevel: pulumi.Input<string>;
  /** Whether GitLab is its Enterprise Edition, as gitlab.com is; the two editions word a branch rule differently. */
  enterprise: boolean;
}

export interface RefProtectionArgs {
  /** Id of the project. */
  project: pulumi.Input<string>;
  /** Branches to protect; `*` stands for any text. */
  branches: readonly string[];
  rules: ProtectionRules;
  /** Deploy keys by their ids that may push to one of the branches, beside those who have the level. */
  deployKeys?: { branch: string; ids: readonly pulumi.Input<number>[] };
}

/**
 * The protection of a project's refs. Only pipelines of these see Protected variables, so whoever may create them
 * may use the credentials. GitLab keeps one rule per name, and takes over an existing one without a word: so each
 * project has one of these components.
 */
export class RefProtection extends pulumi.ComponentResource {
  constructor(name: string, args: RefProtectionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:RefProtection", name, {}, opts);
    const { project, branches, rules, deployKeys } = args;
    const { pushAccessLevel, mergeAccessLevel, tagPattern, tagCreateAccessLevel, enterprise } = rules;
    // A rule that must be replaced goes first: GitLab would take the new one for the old and lose both.
    const rule = { parent: this, deleteBeforeReplace: true };
    const keysOf = (branch: string) => (branch === deployKeys?.branch ? deployKeys.ids : []);
    // GitLab's Community Edition takes no list from the provider. There a deploy key pushes by the role of its maker, who
    // is a Maintainer at least. https://docs.gitlab.com/user/project/deploy_keys/#permissions
    const levelsOf = (branch: string): Partial<gitlab.BranchProtectionArgs> =>
      enterprise
        ? {
            allowedToPushes: [
              { accessLevel: pushAccessLevel },
              ...keysOf(branch).map((deployKeyId) => ({ deployKeyId })),
            ],
            allowedToMerges: [{ accessLevel: mergeAccessLevel }],
            allowedToUnprotects: [{ accessLevel: "maintainer" }],
          }
        : { pushAccessLevel, mergeAccessLevel };

    for (const branch of branches) {
      new gitlab.BranchProtection(
        `${name}-branch-${branch}`,
        { project, branch, ...levelsOf(branch), allowForcePush: false },
        rule,
      );
    }
    const guard = guardPattern(tagPattern);
    const guards = guard
      ? [
          new gitlab.TagProtection(
            `${name}-tag-${guard}`,
            { project, tag: guard, createAccessLevel: pulumi.output(tagCreateAccessLevel).apply(guardLevel) },
            rule,
          ),
        ]
      : [];
    new gitlab.TagProtection(
      `${name}-tag-${tagPattern}`,
      { project, tag: tagPattern, createAccessLevel: tagCreateAccessLevel },
      { ...rule, dependsOn: guards },
    );
    this.registerOutputs();
  }
}

/**
 * A second pattern for the very same tags. GitLab cannot change the rule of a tag: it is deleted and made anew. In
 * between, everybody could create a tag, and its jobs would get the credentials if they started a moment later. The
 * rule of the second pattern is there in that moment. There is none for a pattern without `*`. In GitLab's Community
 * Edition the rule of a branch is replaced in the same way and has no guard (the Enterprise Edition changes it in
 * place): such a replacement shows in the diff as `delete-replaced`.
 */
export function guardPattern(pattern: string): string | undefined {
  return pattern.includes("*") ? pattern.replaceAll(/\*+/g, (stars) => `${stars}*`) : undefined;
}

/** Of the rules for a tag the most permissive counts, so the guard must allow no more than the rule. */
function guardLevel(level: string): string {
  return level === "no one" ? level : "maintainer";
}
