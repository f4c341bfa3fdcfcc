/** Protected branches and tags: only their pipelines see the credentials. */

import { covers } from "../../../lib/gitlab/ref-pattern.ts";
import { types } from "../../../lib/pulumi/types.ts";
import type { Problem } from "../../../lib/text/problem.ts";
import { ofType, type ResourceRule, type StackResource, type StackRule } from "../rule.ts";
import { listIn, shown, UNKNOWN, type Values } from "../values.ts";

const { project, branchProtection, tagProtection } = types.gitlab;

/** Levels that leave a rule a rule. Which of them is a decision, and for a review; below them it guards nothing. */
const levels = ["no one", "developer", "maintainer", "admin"];
/** Who can take a rule away can do all that it forbids. */
const unprotectLevels = ["no one", "maintainer", "admin"];

/** The access levels in a list of `allowedTo...`; entries that name a user, group or key have none. */
function levelsIn(inputs: Values, key: string): unknown[] {
  return listIn(inputs, key)
    .map((entry) => (entry as Values).accessLevel)
    .filter((level) => level !== undefined);
}

function weak(allowed: readonly string[], given: readonly unknown[]): unknown[] {
  return given.filter(
    (level) => level !== undefined && level !== UNKNOWN && !allowed.includes(String(level)),
  );
}

const branchRule: ResourceRule = {
  name: "protected-branch",
  description: "Protected branches keep their history, and only developers or higher roles change them.",
  about: ofType(branchProtection),
  check({ inputs }) {
    const violations: Problem[] = [];
    const branch = `branch ${shown(inputs.branch)}`;
    if (inputs.allowForcePush === true) {
      violations.push({
        found: `${branch}: allowForcePush true`,
        allowed: "false: a force push rewrites what was reviewed and delivered",
        fix: "set allowForcePush: false (infra/components/gitlab/ref-protection.ts)",
      });
    }
    for (const [what, single, list, allowed] of [
      ["push", "pushAccessLevel", "allowedToPushes", levels],
      ["merge", "mergeAccessLevel", "allowedToMerges", levels],
      ["unprotect", "", "allowedToUnprotects", unprotectLevels],
    ] as const) {
      for (const level of weak(allowed, [inputs[single], ...levelsIn(inputs, list)])) {
        violations.push({
          found: `${branch}: ${shown(level)} may ${what}`,
          allowed: allowed.join(", "),
          fix: `raise ${single ? `${single} or ` : ""}${list} (infra/components/gitlab/ref-protection.ts)`,
        });
      }
    }
    return violations;
  },
};

const tagRule: ResourceRule = {
  name: "protected-tag",
  description: "Protected tags say who may create them: developers or higher roles, never everyone.",
  about: ofType(tagProtection),
  check({ inputs }) {
    const { createAccessLevel, allowedToCreates } = inputs;
    const tag = `tags ${shown(inputs.tag)}`;
    const fix = "pulumi config set mlops:tagCreateAccessLevel maintainer";
    const allowed = levels.join(", ");
    if (createAccessLevel === undefined && (allowedToCreates === undefined || isEmpty(allowedToCreates))) {
      return [{ found: `${tag}: no access level`, allowed, fix }];
    }
    return weak(levels, [createAccessLevel, ...levelsIn(inputs, "allowedToCreates")]).map((level) => ({
      found: `${tag}: ${shown(level)} may create them`,
      allowed,
      fix,
    }));
  },
};

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}

export const everyProject: StackRule = {
  name: "protected-project",
  description: "Every GitLab project of the stack protects its default branch and the stack's tags.",
  check(resources) {
    const of = (type: string) => resources.filter((resource) => resource.type === type);
    const rules = [...of(branchProtection), ...of(tagProtection)];
    const patterns = [...new Set(of(tagProtection).map(({ outputs }) => outputs.tag))];
    return of(project).flatMap((one) => {
      const own = rules.filter(({ references }) => references.project?.includes(one.urn));
      const missing = [unprotectedBranch(one, own), ...unprotectedTags(one, own, patterns)];
      return missing
        .filter((violation) => violation !== undefined)
        .map((violation) => ({ ...violation, urn: one.urn }));
    });
  },
};

const declare = "declare a RefProtection for the project (infra/components/gitlab/ref-protection.ts)";

function unprotectedBranch(one: StackResource, own: readonly StackResource[]): Problem | undefined {
  const { defaultBranch } = one.outputs;
  const protects = ({ type, outputs: { branch } }: StackResource) =>
    type === branchProtection &&
    [branch, defaultBranch].every((name) => typeof name === "string") &&
    covers(String(branch), String(defaultBranch));
  if (defaultBranch === UNKNOWN || own.some(protects)) return undefined;
  return {
    found: `project ${one.name}: no protection of its default branch ${shown(defaultBranch)}`,
    allowed: "a BranchProtection of that branch",
    fix: declare,
  };
}

function unprotectedTags(
  one: StackResource,
  own: readonly StackResource[],
  patterns: readonly unknown[],
): Problem[] {
  const ownTags = own.filter(({ type }) => type === tagProtection).map(({ outputs }) => outputs.tag);
  const lacking = patterns.length > 0 ? patterns.filter((pattern) => !ownTags.includes(pattern)) : ["v*"];
  return lacking.map((pattern) => ({
    found: `project ${one.name}: no protection of tags ${shown(pattern)}`,
    allowed: "a TagProtection of that pattern, as in every project of the stack",
    fix: declare,
  }));
}

export const protectionRules: readonly ResourceRule[] = [branchRule, tagRule];
export const stackProtectionRules: readonly StackRule[] = [everyProject];
