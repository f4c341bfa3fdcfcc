/** What a stack's state knows beside what there is at the services: each thing must be in both, and once. */

/** Things by a word for their kind and their id, such as `variable 2:HEROKU_APP:*`. */
export type Inventory = readonly string[];

/** What is of either side alone, or there more than once, each in words. */
export function differences(known: Inventory, found: Inventory): string[] {
  return [
    ...missing(found, known).map((one) => `${one} is at the service and not in the state`),
    ...missing(known, found).map((one) => `${one} is in the state and not at the service`),
  ];
}

/** Those of the first that the second does not have, or not as often. */
function missing(all: Inventory, others: Inventory): string[] {
  const left = [...others];
  return all.filter((one) => {
    const place = left.indexOf(one);
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
}

interface Resource {
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** A checkpoint of Pulumi's, as far as it is read here. */
export interface Checkpoint {
  readonly checkpoint: {
    readonly latest: {
      readonly resources?: readonly Resource[] | null;
      readonly pending_operations?: readonly { type: string }[] | null;
    } | null;
  };
}

const kindsOfTypes: Readonly<Record<string, string>> = {
  "gitlab:index/project:Project": "project",
  "gitlab:index/projectVariable:ProjectVariable": "variable",
  "gitlab:index/projectAccessToken:ProjectAccessToken": "access token",
  "gitlab:index/tagProtection:TagProtection": "tag rule",
  "gitlab:index/branchProtection:BranchProtection": "branch rule",
  "gitlab:index/deployKey:DeployKey": "deploy key",
  "gitlab:index/userRunner:UserRunner": "runner",
};

/** What a state knows. Authorizations have no id in it that can be read without its passphrase. */
export function inventoryOfState({ checkpoint }: Checkpoint): Inventory {
  return (checkpoint.latest?.resources ?? []).flatMap(({ type, id, inputs, outputs }) => {
    const kind = kindsOfTypes[type];
    if (kind !== undefined) return [`${kind} ${id}`];
    if (type === "heroku:app/app:App") return [`app ${String(outputs?.name)}`];
    return String(inputs?.create).includes("heroku-authorization") ? ["authorization"] : [];
  });
}

interface OfProject {
  readonly projectId: number | null;
}
interface Token extends OfProject {
  readonly id: number;
  readonly jobId: number | null;
  readonly revoked: boolean;
}

/** The state of a sandbox's GitLab, as far as it is read here. */
export interface GitLabContents {
  readonly projects: readonly { id: number; markedForDeletionOn?: string }[];
  readonly variables: readonly { owner: { kind: string; id: number } | null; key: string; scope: string }[];
  readonly tokens: readonly Token[];
  readonly protectedTags: readonly { projectId: number; name: string }[];
  readonly protectedBranches: readonly { projectId: number; name: string }[];
  readonly deployKeys: readonly { projectId: number; id: number }[];
  readonly runners: readonly { id: number; type: string }[];
}

export interface HerokuContents {
  readonly apps: Readonly<Record<string, { name: string }>>;
  readonly authorizations: Readonly<Record<string, { description: string }>>;
}

/** What there is at the services, of what a stack makes. The accounts' own credentials are none of it. */
export function inventoryOfServices(gitlab: GitLabContents, heroku: HerokuContents): Inventory {
  const live = gitlab.projects.filter(({ markedForDeletionOn }) => markedForDeletionOn === undefined);
  const ids = new Set(live.map(({ id }) => id));
  const of = <T extends OfProject>(all: readonly T[]) =>
    all.filter(({ projectId }) => projectId !== null && ids.has(projectId));
  return [
    ...live.map(({ id }) => `project ${id}`),
    ...gitlab.variables.flatMap(({ owner, key, scope }) =>
      owner?.kind === "project" && ids.has(owner.id) ? [`variable ${owner.id}:${key}:${scope}`] : [],
    ),
    ...of(gitlab.tokens)
      .filter(({ revoked, jobId }) => !revoked && jobId === null)
      .map(({ projectId, id }) => `access token ${projectId}:${id}`),
    ...of(gitlab.protectedTags).map(({ projectId, name }) => `tag rule ${projectId}:${name}`),
    ...of(gitlab.protectedBranches).map(({ projectId, name }) => `branch rule ${projectId}:${name}`),
    ...of(gitlab.deployKeys).map(({ projectId, id }) => `deploy key ${projectId}:${id}`),
    ...gitlab.runners.filter(({ type }) => type === "project_type").map(({ id }) => `runner ${id}`),
    ...Object.values(heroku.apps).map(({ name }) => `app ${name}`),
    ...Object.values(heroku.authorizations).flatMap(({ description }) =>
      description.startsWith("Pipelines of ") ? ["authorization"] : [],
    ),
  ];
}
