/** What people connect to a project: kept and listed as GitLab does, never sent, started or mirrored. */
export interface ProjectRecords {
  hooks: Hook[];
  schedules: Schedule[];
  triggers: Trigger[];
  deployTokens: DeployToken[];
  jobTokenScopes: JobTokenScope[];
  shares: Share[];
  mirrors: Mirror[];
  integrations: Integration[];
  auditEvents: AuditEvent[];
}

interface OfProject {
  id: number;
  projectId: number;
  createdAt: string;
}

export interface Hook extends OfProject {
  url: string;
  name: string | null;
  description: string | null;
  /** `push_events`, ... */
  events: Record<string, boolean>;
  verifiesTls: boolean;
  branchFilter: string | null;
}

export interface Schedule extends OfProject {
  ownerId: number;
  description: string;
  ref: string;
  cron: string;
  timezone: string;
  active: boolean;
  updatedAt: string;
}

export interface Trigger extends OfProject {
  ownerId: number;
  description: string;
  /** The token, sealed: its owner reads it again. */
  sealed: string;
  expiresAt: string | null;
}

/** https://docs.gitlab.com/user/project/deploy_tokens/ */
export interface DeployToken {
  id: number;
  owner: { kind: "project" | "group"; id: number };
  name: string;
  username: string;
  scopes: string[];
  expiresAt: string | null;
}

/** Which projects and groups may reach a project by their jobs' tokens. */
export interface JobTokenScope {
  projectId: number;
  isLimited: boolean;
  projects: number[];
  groups: number[];
}

/** A group that a project is shared with. */
export interface Share extends OfProject {
  groupId: number;
  level: number;
  expiresAt: string | null;
}

export interface Mirror extends OfProject {
  /** Without the password in it. */
  url: string;
  enabled: boolean;
  onlyProtected: boolean;
  keepsDivergent: boolean;
}

export interface Integration extends OfProject {
  slug: string;
  updatedAt: string;
}

/** https://docs.gitlab.com/api/audit_events/#project-audit-events */
export interface AuditEvent extends OfProject {
  authorId: number;
  action: "add" | "change" | "remove";
  what: string;
  target: string;
}

/** The records of a state; what older versions of the sandbox kept has none. */
export function recordsOf(state: { records?: ProjectRecords }): ProjectRecords {
  state.records ??= {
    hooks: [],
    schedules: [],
    triggers: [],
    deployTokens: [],
    jobTokenScopes: [],
    shares: [],
    mirrors: [],
    integrations: [],
    auditEvents: [],
  };
  return state.records;
}

/** Takes what belongs to a project out of the records. */
export function dropRecords(state: { records?: ProjectRecords }, projectId: number): void {
  const records = recordsOf(state);
  const keep = <T extends { projectId: number }>(list: T[]) =>
    list.filter((record) => record.projectId !== projectId);
  Object.assign(records, {
    hooks: keep(records.hooks),
    schedules: keep(records.schedules),
    triggers: keep(records.triggers),
    deployTokens: records.deployTokens.filter(
      ({ owner }) => !(owner.kind === "project" && owner.id === projectId),
    ),
    jobTokenScopes: keep(records.jobTokenScopes).map((scope) => ({
      ...scope,
      projects: scope.projects.filter((id) => id !== projectId),
    })),
    shares: keep(records.shares),
    mirrors: keep(records.mirrors),
    integrations: keep(records.integrations),
    auditEvents: keep(records.auditEvents),
  } satisfies ProjectRecords);
}
