/** Rules for tags and branches: only pipelines of these refs see the Protected variables. */
import { types } from "../pulumi/types.ts";
import { shown, type Value } from "../pulumi/values.ts";
import { entries, forAPerson, protectedRefs, safeWhen, whoMay } from "./comparers.ts";
import type { Attribute, Kind, Section } from "./kind.ts";

const pushers = "everybody who may push";
const project: Attribute = {
  label: "project",
  compare: forAPerson("the project it was in is left without it"),
};
const inNew = "a rule of a new project protects what was not there before";
const maintainers = [{ accessLevel: "maintainer" }];

const refs = (noun: string, plural: string, ref: Value | undefined) =>
  [String(ref).includes("*") ? plural : noun, shown(ref)] as const;

const tagProtection: Kind = {
  subject: ({ tag }) => refs("tag", "tags", tag),
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
    project,
  },
  created: {
    // Protected variables for the pipelines of every tag that somebody of this level makes.
    rank: ({ tag }) => (/^\*+$/.test(String(tag)) ? "unclear" : "neutral"),
    note: "newly protected; pipelines of these see the Protected variables",
    harmless: "a rule lets fewer people make what it protects, and says itself where it is open",
    inNew,
  },
  deleted: { rank: "weaker", note: `no longer protected: ${pushers} may create them` },
  gap: `${pushers} may create them`,
  pattern: "tag",
};

const branchProtection: Kind = {
  subject: ({ branch }) => refs("branch", "branches", branch),
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
    project,
  },
  // Protected variables for the pipelines of every branch that anybody makes.
  created: {
    rank: ({ branch }) => (String(branch).includes("*") ? "unclear" : "neutral"),
    note: "newly protected; its pipelines see the Protected variables",
    harmless: "a rule lets fewer people change what it protects, and says itself where it is open",
    inNew,
  },
  deleted: { rank: "weaker", note: "no longer protected: Developers may push, force-push and delete it" },
  gap: "Developers may push, force-push and delete it",
  pattern: "branch",
};

export const protection: Section = {
  title: "Protection",
  kinds: {
    [types.gitlab.tagProtection]: tagProtection,
    [types.gitlab.branchProtection]: branchProtection,
  },
};
