/** GitLab projects and the runners of their jobs. */
import { withoutMark } from "../pulumi/mark.ts";
import { types } from "../pulumi/types.ts";
import { shown, type Value } from "../pulumi/values.ts";
import { neutral, safeWhen, strictestFirst } from "./comparers.ts";
import type { Kind, Section } from "./kind.ts";
import { projectSettings } from "./project-settings.ts";

const project: Kind = {
  subject: ({ pathWithNamespace, path, name }) => ["project", shown(pathWithNamespace ?? path ?? name)],
  attributes: projectSettings,
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
    locked: { label: "locked to its project", compare: safeWhen(true), absent: false },
    runnerType: { label: "runs for", compare: strictestFirst("project_type", "group_type", "instance_type") },
    untagged: { label: "takes jobs without tags", compare: safeWhen(false), absent: false },
    paused: { label: "paused", compare: neutral, absent: false },
    maximumTimeout: { label: "longest job", compare: neutral },
    maintenanceNote: { label: "note", compare: neutral },
    description: { label: "description", compare: neutral },
  },
  created: { rank: "neutral", note: "new runner" },
  deleted: { rank: "neutral", note: "removed" },
  gap: "jobs wait",
  givesSecret: true,
};

export const projects: Section = {
  title: "Projects",
  kinds: { [types.gitlab.project]: project, [types.gitlab.userRunner]: userRunner },
};
