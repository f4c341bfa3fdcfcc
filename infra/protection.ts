import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";

export interface RefProtectionArgs {
  /** Id of the project. */
  project: pulumi.Input<string>;
  /** Branches to protect; `*` stands for any text. */
  branches: readonly string[];
  pushAccessLevel: pulumi.Input<string>;
  mergeAccessLevel: pulumi.Input<string>;
  /** Whether GitLab is its Enterprise Edition, as gitlab.com is; the two editions word a branch rule differently. */
  enterprise: boolean;
  tagPattern: string;
  /** Who may create tags that match. */
  tagCreateAccessLevel: pulumi.Input<string>;
}

/**
 * The protection of a project's refs: only pipelines of these see Protected variables, so whoever may create
 * them may use the credentials. GitLab keeps one rule per name and takes an existing one over in silence: one
 * component per project.
 */
export class RefProtection extends pulumi.ComponentResource {
  constructor(name: string, args: RefProtectionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:RefProtection", name, {}, opts);
    const { project, branches, pushAccessLevel, mergeAccessLevel, enterprise } = args;
    // A rule that must be replaced goes first: GitLab would take the new one for the old and lose both.
    const rule = { parent: this, deleteBeforeReplace: true };
    const levels: Partial<gitlab.BranchProtectionArgs> = enterprise
      ? {
          allowedToPushes: [{ accessLevel: pushAccessLevel }],
          allowedToMerges: [{ accessLevel: mergeAccessLevel }],
          allowedToUnprotects: [{ accessLevel: "maintainer" }],
        }
      : { pushAccessLevel, mergeAccessLevel };

    for (const branch of branches) {
      new gitlab.BranchProtection(
        `${name}-branch-${branch}`,
        { project, branch, ...levels, allowForcePush: false },
        rule,
      );
    }
    new gitlab.TagProtection(
      `${name}-tag-${args.tagPattern}`,
      { project, tag: args.tagPattern, createAccessLevel: args.tagCreateAccessLevel },
      rule,
    );
    this.registerOutputs();
  }
}
