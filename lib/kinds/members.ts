/** People with access. */
import { shown } from "../pulumi/values.ts";
import { endDate, forAPerson, hasLevel } from "./comparers.ts";
import type { Kind, Section } from "./kind.ts";

const projectMembership: Kind = {
  subject: ({ userId }) => ["user", shown(userId)],
  owner: "project",
  attributes: {
    accessLevel: { label: "role", compare: hasLevel },
    expiresAt: { label: "membership ends", compare: endDate },
    userId: { label: "user", compare: forAPerson("somebody else gets access", "weaker") },
    project: { label: "project", compare: forAPerson("a member of another project") },
  },
  created: { rank: "weaker", note: ({ accessLevel }) => `becomes ${shown(accessLevel)}` },
  deleted: { rank: "stronger", note: "no longer a member" },
  gap: "the user has no access",
};

/** https://devcenter.heroku.com/articles/collaborating */
const collaborator: Kind = {
  subject: ({ email }) => ["collaborator", shown(email)],
  owner: "appId",
  attributes: {
    email: { label: "collaborator", compare: forAPerson("somebody else gets access", "weaker") },
    appId: { label: "app", compare: forAPerson("a collaborator of another app") },
  },
  created: { rank: "weaker", note: "gets access to the app" },
  deleted: { rank: "stronger", note: "no longer has access to the app" },
  gap: "the collaborator has no access",
};

export const members: Section = {
  title: "Members",
  kinds: {
    "gitlab:index/projectMembership:ProjectMembership": projectMembership,
    "heroku:collaborator/collaborator:Collaborator": collaborator,
  },
};
