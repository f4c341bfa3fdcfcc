/** GitLab's resources. Defaults are those of the official provider; what each means is in GitLab's documentation. */

import { equal, hasSecret, shown, type Value } from "../../lib/pulumi/values.ts";
import {
  amount,
  type Comparer,
  type Covers,
  endDate,
  entries,
  environments,
  hasLevel,
  hidden,
  look,
  neutral,
  protectedRefs,
  safeWhen,
  scopes,
  strictestFirst,
  unclear,
  whoMay,
} from "./comparers.ts";
import { projectAttributes } from "./gitlab-project.ts";
import type { Attribute, Kind } from "./kinds.ts";

/** https://docs.gitlab.com/security/tokens/#available-scopes: `api` may do all of these, pushes included. */
const tokenScopes: Covers = (scope, other) =>
  (scope === "api" && /^(read_|write_re|create_runner|manage_runner|self_rotate)/.test(other)) ||
  (scope === "write_repository" && other === "read_repository") ||
  (scope === "read_api" && other === "read_user");

const moved: Attribute = { label: "project", compare: look("the project it was in is left without it") };
const description: Attribute = { label: "description", compare: neutral };
const nobodyYet = "whoever may push";

const matches = (noun: string, plural: string, ref: Value | undefined) =>
  [String(ref).includes("*") ? plural : noun, shown(ref)] as const;

const tagProtection: Kind = {
  subject: ({ tag }) => matches("tag", "tags", tag),
  owner: "project",
  attributes: {
    tag: { label: "protected tags", compare: protectedRefs },
    createAccessLevel: {
      label: "who may create",
      compare: whoMay,
      absent: "maintainer",
      expected: "maintainer",
    },
    allowedToCreates: { label: "who else may create", compare: entries },
    project: moved,
  },
  created: { rank: "neutral", note: "newly protected; pipelines of these see the Protected variables" },
  deleted: { rank: "weaker", note: `no longer protected: ${nobodyYet} may create them` },
  gap: `${nobodyYet} may create them`,
  pattern: "tag",
};

const maintainers = [{ accessLevel: "maintainer" }];

const branchProtection: Kind = {
  subject: ({ branch }) => matches("branch", "branches", branch),
  owner: "project",
  attributes: {
    branch: { label: "protected branches", compare: protectedRefs },
    pushAccessLevel: { label: "who may push", compare: whoMay, absent: "maintainer", expected: "maintainer" },
    mergeAccessLevel: {
      label: "who may merge",
      compare: whoMay,
      absent: "maintainer",
      expected: "maintainer",
    },
    unprotectAccessLevel: { label: "who may unprotect", compare: whoMay, absent: "maintainer" },
    allowedToPushes: { label: "who may push", compare: entries, expected: maintainers },
    allowedToMerges: { label: "who may merge", compare: entries, expected: maintainers },
    allowedToUnprotects: { label: "who may unprotect", compare: entries },
    allowForcePush: {
      label: "force push",
      compare: safeWhen(false, ["refused", "allowed"]),
      absent: false,
      expected: false,
    },
    codeOwnerApprovalRequired: { label: "approval by code owners", compare: safeWhen(true), absent: false },
    project: moved,
  },
  // Protected variables for the pipelines of every branch that anybody makes.
  created: {
    rank: ({ branch }) => (String(branch).includes("*") ? "unclear" : "neutral"),
    note: "newly protected; its pipelines see the Protected variables",
  },
  deleted: { rank: "weaker", note: "no longer protected: Developers may push, force-push and delete it" },
  gap: "Developers may push, force-push and delete it",
  pattern: "branch",
};

/** Names of variables that say where something is sent. */
const address = /URL|URI|HOST|REGISTRY|ENDPOINT|ADDRESS|SERVER|REPO|DOMAIN|PROXY/;
const isCredential = (value: Value | undefined) => hasSecret(value);

/** Judged by what the variable is for; a credential may well be a new one. */
const variableValue: Comparer = (_before, _after, { key, value } = {}) =>
  address.test(shown(key)) && !isCredential(value)
    ? { rank: "unclear", note: "changed; it may say where a credential is sent" }
    : { rank: "neutral", note: "changed" };

const projectVariable: Kind = {
  subject: ({ key, environmentScope: scope }) => [
    "variable",
    scope && scope !== "*" ? `${shown(key)} (${shown(scope)})` : shown(key),
  ],
  owner: "project",
  attributes: {
    protected: {
      label: "who sees it",
      compare: safeWhen(true, ["every pipeline", "pipelines of protected refs"]),
      absent: false,
      expected: true,
    },
    masked: {
      label: "masked in job logs",
      compare: safeWhen(true),
      absent: false,
      expected: ({ value }) => isCredential(value) || undefined,
    },
    hidden: { label: "hidden in the settings", compare: safeWhen(true), absent: false },
    raw: { label: "taken as it is ($ not expanded)", compare: safeWhen(true), absent: false },
    environmentScope: { label: "environments", compare: environments, absent: "*" },
    value: { label: "value", compare: variableValue },
    key: { label: "name", compare: unclear },
    variableType: { label: "type", compare: unclear, absent: "env_var" },
    description,
    project: moved,
  },
  created: {
    rank: "neutral",
    note: ({ value }) => (isCredential(value) ? "new credential" : "new variable"),
  },
  deleted: { rank: "neutral", note: "removed: pipelines no longer get it" },
  gap: "pipelines do not get it",
};

/** With a rotation of the provider's own the program names no end: the provider makes it. */
const tokenEnd: Comparer = (before, after, inputs) =>
  after === undefined && inputs?.rotationConfiguration
    ? { rank: "neutral", note: `renewed before its end on ${shown(before)}; the old token ends at once` }
    : endDate(before, after);

const projectAccessToken: Kind = {
  subject: ({ name }) => ["access token", shown(name)],
  owner: "project",
  attributes: {
    scopes: { label: "scopes", compare: scopes(tokenScopes) },
    accessLevel: { label: "role", compare: hasLevel, absent: "maintainer" },
    expiresAt: { label: "expires", compare: tokenEnd },
    "rotationConfiguration.expirationDays": { label: "lives for", compare: amount("weaker", " days") },
    "rotationConfiguration.rotateBeforeDays": {
      label: "renewed before its end",
      compare: amount("stronger", " days"),
    },
    name: { label: "name", compare: neutral },
    validatePastExpirationDate: { label: "check of its end", compare: neutral },
    description,
    project: moved,
  },
  created: {
    rank: "unclear",
    note: ({ accessLevel, scopes: given }) =>
      `new credential with scopes ${shown(given)} as ${shown(accessLevel ?? "maintainer")}`,
  },
  deleted: { rank: "neutral", note: "revoked" },
  gap: "nobody has a valid token, pushes of pipelines fail",
  isSame: (old, made) => equal(old.project, made.project) && equal(old.name, made.name),
};

const deployKey: Kind = {
  subject: ({ title }) => ["deploy key", shown(title)],
  owner: "project",
  attributes: {
    canPush: { label: "may push", compare: safeWhen(false), absent: false, expected: false },
    expiresAt: { label: "expires", compare: endDate },
    key: { label: "key", compare: hidden("unclear", "another key") },
    title: { label: "title", compare: neutral },
    project: moved,
  },
  created: { rank: "unclear", note: ({ canPush }) => `new key that may ${canPush ? "push" : "read"}` },
  deleted: { rank: "stronger", note: "removed" },
  gap: "its holder cannot reach the repository",
};

const projectMembership: Kind = {
  subject: ({ userId }) => ["user", shown(userId)],
  owner: "project",
  attributes: {
    accessLevel: { label: "role", compare: hasLevel },
    expiresAt: { label: "membership ends", compare: endDate },
    userId: {
      label: "user",
      compare: look("somebody else gets access", "weaker"),
    },
    project: { label: "project", compare: look("a member of another project") },
  },
  created: { rank: "weaker", note: ({ accessLevel }) => `becomes ${shown(accessLevel)}` },
  deleted: { rank: "stronger", note: "no longer a member" },
  gap: "the user has no access",
};

const userRunner: Kind = {
  subject: (inputs, name) => ["runner", shown(inputs.description ?? name)],
  owner: "projectId",
  attributes: {
    accessLevel: {
      label: "takes jobs of",
      compare: (before, after) => {
        const said = (value: Value | undefined) =>
          value === "ref_protected"
            ? "protected refs"
            : value === "not_protected"
              ? "all refs"
              : shown(value);
        const verdict = strictestFirst("ref_protected", "not_protected")(before, after);
        return { ...verdict, before: said(before), after: said(after) };
      },
      absent: "not_protected",
    },
    locked: { label: "locked to its project", compare: safeWhen(true), absent: false },
    runnerType: { label: "runs for", compare: strictestFirst("project_type", "group_type", "instance_type") },
    untagged: { label: "takes jobs without tags", compare: safeWhen(false), absent: false },
    paused: { label: "paused", compare: neutral, absent: false },
    maximumTimeout: { label: "longest job", compare: neutral },
    maintenanceNote: { label: "note", compare: neutral },
    description,
  },
  created: { rank: "neutral", note: "new runner" },
  deleted: { rank: "neutral", note: "removed" },
  gap: "jobs wait",
};

const provider: Kind = {
  subject: () => ["the stack's own account", "GitLab"],
  attributes: {
    baseUrl: { label: "address", compare: look("another service: its resources there are taken for these") },
    token: { label: "token", compare: hidden("neutral") },
    insecure: { label: "certificate not checked", compare: safeWhen(false), absent: false },
    version: { label: "provider's version", compare: neutral },
    pluginDownloadURL: { label: "provider's download address", compare: unclear },
  },
};

/** Kinds by type. */
export const gitlabKinds: Readonly<Record<string, Kind>> = {
  "gitlab:index/tagProtection:TagProtection": tagProtection,
  "gitlab:index/branchProtection:BranchProtection": branchProtection,
  "gitlab:index/projectVariable:ProjectVariable": projectVariable,
  "gitlab:index/projectAccessToken:ProjectAccessToken": projectAccessToken,
  "gitlab:index/deployKey:DeployKey": deployKey,
  "gitlab:index/projectMembership:ProjectMembership": projectMembership,
  "gitlab:index/userRunner:UserRunner": userRunner,
  "gitlab:index/project:Project": {
    subject: ({ path, name }) => ["project", shown(path ?? name)],
    attributes: projectAttributes,
    deleted: { rank: "unclear", note: "deleted with its repository, rules and credentials" },
    gap: "the project with its repository, rules and credentials does not exist",
  },
  "pulumi:providers:gitlab": provider,
};
