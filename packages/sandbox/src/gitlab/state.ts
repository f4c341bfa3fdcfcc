import type { Deployment, Environment, Job, Pipeline, PushEvent } from "./pipelines/records.ts";
import type { ProjectRecords } from "./project-records.ts";

/** Roles by number: https://docs.gitlab.com/development/permissions/predefined_roles/ */
export const GUEST = 10;
export const REPORTER = 20;
export const DEVELOPER = 30;
export const MAINTAINER = 40;
export const OWNER = 50;
export const ADMIN = 60;

export type Visibility = "private" | "internal" | "public";

export interface User {
  id: number;
  username: string;
  name: string;
  email: string;
  admin: boolean;
  /** A bot is the user behind a project access token. */
  bot: boolean;
  state: "active" | "blocked";
  createdAt: string;
}

export interface Token {
  id: number;
  userId: number;
  /** Set for a project access token: the only project that the token is good for. */
  projectId: number | null;
  /** Set for a job token: the job that it lives and dies with. */
  jobId: number | null;
  name: string;
  description: string | null;
  scopes: string[];
  /** sha256 of the token; the token itself is never stored. */
  hash: string;
  createdAt: string;
  lastUsedAt: string | null;
  expiresAt: string | null;
  revoked: boolean;
}

export interface Group {
  id: number;
  name: string;
  path: string;
  fullPath: string;
  parentId: number | null;
  description: string;
  visibility: Visibility;
  settings: Record<string, unknown>;
  createdAt: string;
}

/** Where a project lives: a user's own namespace or a group. */
export interface NamespaceRef {
  kind: "user" | "group";
  id: number;
}

export interface Project {
  id: number;
  name: string;
  path: string;
  namespace: NamespaceRef;
  description: string | null;
  visibility: Visibility;
  defaultBranch: string | null;
  creatorId: number;
  createdAt: string;
  updatedAt: string;
  lastActivityAt: string;
  archived: boolean;
  topics: string[];
  /** All other settings, by the API's own names. */
  settings: Record<string, unknown>;
  /** The day of its deletion, until when it can be restored. */
  markedForDeletionOn?: string;
  /** Counter of the pipelines' `iid`. */
  pipelines: number;
}

/** What somebody bought for a top-level namespace. */
export interface Subscription {
  namespace: NamespaceRef;
  /** `free`, `premium`, `ultimate`, ... */
  plan: string;
  trial: boolean;
  trialEndsOn: string | null;
}

/** A path that a project had: reading it leads to the project. */
export interface Redirect {
  path: string;
  projectId: number;
}

/** What every push to a project has to keep to, by the API's names. */
export interface PushRuleValues {
  commit_message_regex: string;
  commit_message_negative_regex: string;
  branch_name_regex: string;
  deny_delete_tag: boolean;
  member_check: boolean;
  prevent_secrets: boolean;
  author_email_regex: string;
  file_name_regex: string;
  max_file_size: number;
  commit_committer_check: boolean;
  commit_committer_name_check: boolean;
  reject_unsigned_commits: boolean;
  reject_non_dco_commits: boolean;
}

export interface PushRule {
  id: number;
  owner: { kind: "project" | "group"; id: number };
  createdAt: string;
  values: PushRuleValues;
}

export interface Member {
  userId: number;
  source: { kind: "project" | "group"; id: number };
  accessLevel: number;
  expiresAt: string | null;
  createdAt: string;
  /** Who added them; missing for those who are there from the start. */
  createdById?: number;
}

export interface Variable {
  /** null: an instance-level variable. */
  owner: { kind: "project" | "group"; id: number } | null;
  key: string;
  /** The value, sealed with the instance's key. */
  sealed: string;
  type: "env_var" | "file";
  protected: boolean;
  masked: boolean;
  hidden: boolean;
  raw: boolean;
  scope: string;
  description: string | null;
}

/** One entry of "who may": a role, a user, a group or a deploy key. */
export interface AccessRule {
  id: number;
  accessLevel: number | null;
  userId: number | null;
  groupId: number | null;
  deployKeyId: number | null;
}

export interface ProtectedTag {
  id: number;
  projectId: number;
  name: string;
  create: AccessRule[];
}

export interface ProtectedBranch {
  id: number;
  projectId: number;
  name: string;
  push: AccessRule[];
  merge: AccessRule[];
  unprotect: AccessRule[];
  allowForcePush: boolean;
  codeOwnerApproval: boolean;
}

/** A deploy key in one project. One that is in several has a record in each, with the same id. */
export interface DeployKey {
  id: number;
  projectId: number;
  /** Who made it: pushes with the key count as this user's. */
  userId: number;
  title: string;
  key: string;
  canPush: boolean;
  createdAt: string;
  expiresAt: string | null;
}

export interface Runner {
  id: number;
  description: string;
  type: "instance_type" | "group_type" | "project_type";
  /** Projects (or the group) that a runner of narrower type serves. */
  ownerIds: number[];
  tags: string[];
  runUntagged: boolean;
  paused: boolean;
  locked: boolean;
  tokenHash: string;
  createdAt: string;
  contactedAt: string | null;
}

/** How the next job of a resource group is chosen: https://docs.gitlab.com/ci/resource_groups/#process-modes */
export const PROCESS_MODES = ["unordered", "oldest_first", "newest_first", "newest_ready_first"] as const;
export type ProcessMode = (typeof PROCESS_MODES)[number];

export interface ResourceGroup {
  id: number;
  projectId: number;
  key: string;
  processMode: ProcessMode;
  createdAt: string;
  updatedAt: string;
}

export interface State {
  version: 1;
  sequences: Record<string, number>;
  /** The administrator's token, sealed: the sandbox hands it out again after a restart. */
  adminTokenSealed: string | null;
  /** What an administrator has set, by the API's names. */
  applicationSettings: Record<string, unknown>;
  subscriptions: Subscription[];
  redirects: Redirect[];
  pushRules: PushRule[];
  users: User[];
  tokens: Token[];
  groups: Group[];
  projects: Project[];
  members: Member[];
  variables: Variable[];
  protectedTags: ProtectedTag[];
  protectedBranches: ProtectedBranch[];
  deployKeys: DeployKey[];
  runners: Runner[];
  pipelines: Pipeline[];
  jobs: Job[];
  environments: Environment[];
  deployments: Deployment[];
  /** Missing in what older versions of the sandbox kept. */
  resourceGroups?: ResourceGroup[];
  records?: ProjectRecords;
  pushEvents: PushEvent[];
}

/** The state of an instance on its first day. */
export function emptyState(): State {
  return {
    version: 1,
    sequences: {},
    adminTokenSealed: null,
    applicationSettings: {},
    subscriptions: [],
    redirects: [],
    pushRules: [],
    users: [],
    tokens: [],
    groups: [],
    projects: [],
    members: [],
    variables: [],
    protectedTags: [],
    protectedBranches: [],
    deployKeys: [],
    runners: [],
    pipelines: [],
    jobs: [],
    environments: [],
    deployments: [],
    resourceGroups: [],
    pushEvents: [],
  };
}

/** The next id of a kind; ids are never given twice. */
export function nextId(state: State, kind: string): number {
  const id = (state.sequences[kind] ?? 0) + 1;
  state.sequences[kind] = id;
  return id;
}

/** The present moment as GitLab writes it. */
export function now(): string {
  return new Date().toISOString();
}
