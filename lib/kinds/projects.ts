/** GitLab projects and the runners of their jobs. */
import { withoutMark } from "../pulumi/mark.ts";
import { types } from "../pulumi/types.ts";
import { shown, type Value } from "../pulumi/values.ts";
import { safeWhen, strictestFirst } from "./comparers.ts";
import { harmless, type Kind, type Section } from "./kind.ts";
import { projectSettings } from "./project-settings.ts";

const project: Kind = {
  subject: ({ pathWithNamespace, path, name }) => ["project", shown(pathWithNamespace ?? path ?? name)],
  attributes: projectSettings,
  created: {
    rank: "neutral",
    note: "new project",
    harmless: "nobody has anything in it yet; what it may do elsewhere is told at what lets it",
    inNew: "the stack's first",
  },
  deleted: { rank: "unclear", note: "deleted with its repository, rules and credentials" },
  gap: "the project with its repository, rules and credentials does not exist",
  holdsOthers: true,
};

const refsOfRunner = (value: Value | undefined) =>
  value === "ref_protected" ? "protected refs" : value === "not_protected" ? "all refs" : shown(value);

/** https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user */
const userRunner: Kind = {
  subject: ({ description }, name) => ["runner", shown(withoutMark(String(description ?? name)))],
  owner: "projectId",
  attributes: {
    accessLevel: {
      label: "takes jobs of",
      compare: (before, after) => ({
        ...strictestFirst("ref_protected", "not_protected")(before, after),
        before: refsOfRunner(before),
        after: refsOfRunner(after),
      }),
      absent: "not_protected",
    },
    locked: { label: "locked to its project", compare: safeWhen(true), absent: false, expected: true },
    runnerType: {
      label: "runs for",
      compare: strictestFirst("project_type", "group_type", "instance_type"),
      expected: "project_type",
    },
    untagged: { label: "takes jobs without tags", compare: safeWhen(false), absent: false },
    paused: harmless("paused", "whether it takes jobs at all"),
    maximumTimeout: harmless("longest job", "how long a job may take"),
    maintenanceNote: harmless("note", "a text for people"),
    description: harmless("description", "a text for people"),
  },
  created: {
    rank: "neutral",
    note: "new runner",
    harmless: "it takes the jobs of the project that it is locked to, and says itself where it takes others",
    inNew: "it takes the jobs of a project that was not there before",
  },
  deleted: { rank: "neutral", note: "removed", harmless: "jobs wait for another one" },
  gap: "jobs wait",
  givesSecret: true,
};

export const projects: Section = {
  title: "Projects",
  kinds: { [types.gitlab.project]: project, [types.gitlab.userRunner]: userRunner },
};
