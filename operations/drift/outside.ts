import { Gitlab } from "@gitbeaker/rest";
import type { Account } from "../../infra/config/config.ts";
import type { RefreshStep, ResourceState } from "./engine.ts";
import { redact } from "./redact.ts";
import { weakerSettings } from "./settings.ts";

/** Something that the stack did not make and that weakens what it guards. */
export interface Finding {
  /** Project or app it is in. */
  readonly where: string;
  readonly subject: string;
  /** Why it is told. */
  readonly effect: string;
  /** What to do about it: a page or a command. */
  readonly remedy: string;
}

/** What a look beyond the stack gave. */
export interface Outside {
  readonly findings: readonly Finding[];
  /** What could not be looked at, and why. */
  readonly notes: readonly string[];
}

/** Levels as the API numbers them. https://docs.gitlab.com/api/protected_branches/ */
const LEVELS: Readonly<Record<string, number>> = {
  "no one": 0,
  developer: 30,
  maintainer: 40,
  owner: 50,
  admin: 60,
};
const NO_ONE = 0;

interface Entry {
  access_level: number | null;
  access_level_description: string;
  user_id?: number | null;
  group_id?: number | null;
  deploy_key_id?: number | null;
}

interface TagRule {
  name: string;
  create_access_levels: Entry[];
}

interface BranchRule {
  name: string;
  push_access_levels: Entry[];
  merge_access_levels: Entry[];
  allow_force_push: boolean;
}

interface Variable {
  key: string;
  environment_scope: string;
  protected: boolean;
}

interface AccessToken {
  id: number;
  name: string;
  scopes: string[];
  access_level: number;
  expires_at: string | null;
  active: boolean;
}

interface DeployKey {
  id: number;
  title: string;
  can_push: boolean;
}

interface Runner {
  id: number;
  description: string | null;
  runner_type: string;
}

const NO_ACCESS = [401, 403, 404];

/**
 * Looks in the stack's projects for rules, variables, tokens, keys and runners that are not the stack's, and
 * for settings that it leaves to GitLab and that became weaker.
 * @param steps of a refresh: what the stack has, as it is now
 * @throws when the projects' rules cannot be read
 */
export async function notTheStacks(steps: readonly RefreshStep[], account: Account): Promise<Outside> {
  const alive = steps.flatMap(({ op, newState }) => (op !== "delete" && newState ? [newState] : []));
  const projects = steps.filter(
    ({ op, oldState }) => op !== "delete" && oldState?.type === "gitlab:index/project:Project",
  );
  const looked = await Promise.all(
    projects.map(({ oldState }) => lookAt(oldState as ResourceState, alive, account)),
  );
  return {
    findings: looked.flatMap(({ findings }) => findings),
    notes: looked.flatMap(({ notes }) => notes),
  };
}

/** @param project as the state has it */
async function lookAt(
  project: ResourceState,
  alive: readonly ResourceState[],
  { url, token }: Account,
): Promise<Outside> {
  const id = String(project.id);
  const where = String(project.outputs.pathWithNamespace ?? project.outputs.name);
  const page = (name: string) => `${project.outputs.webUrl}/-/settings/${name}`;
  const own = (type: string) =>
    alive.filter((state) => state.type.endsWith(`:${type}`) && String(state.outputs.project) === id);
  const api = new Gitlab({ host: url.replace(/\/api\/v4\/?$/, ""), token });
  const ask = <T>(what: string, answer: Promise<unknown>): Promise<T> =>
    answer.catch((error: unknown) => {
      throw new LookFailed(`${what} of ${where}`, error);
    }) as Promise<T>;
  const get = <T>(what: string, answer: Promise<unknown>): Promise<T[]> => ask(what, answer);
  const notes: string[] = [];
  /** Tiers and roles without these lists refuse them; the rest is still worth a look. */
  const perhaps = <T>(what: string, answer: Promise<unknown>): Promise<T[]> =>
    get<T>(what, answer).catch((error: unknown) => {
      if (!(error instanceof LookFailed) || !NO_ACCESS.includes(error.status ?? 0)) throw error;
      notes.push(`${error.message}; not looked at`);
      return [];
    });

  const findings: Finding[] = [];
  const add = (subject: string, effect: string, remedy: string) =>
    findings.push({ where, subject: redact(subject), effect, remedy: `remove it: ${remedy}` });

  const names = (type: string, key: string) => own(type).map(({ outputs }) => String(outputs[key]));
  const tags = names("TagProtection", "tag");
  const mayCreate = widest(own("TagProtection"), "createAccessLevel", "allowedToCreates");
  for (const rule of await get<TagRule>("protected tags", api.ProtectedTags.all(id))) {
    if (tags.includes(rule.name)) continue;
    const wider = widerThan(mayCreate, rule.create_access_levels);
    if (wider)
      add(
        `tag rule ${rule.name}`,
        `lets ${wider} create tags that see Protected variables`,
        page("repository"),
      );
  }

  const branches = names("BranchProtection", "branch");
  const mayPush = widest(own("BranchProtection"), "pushAccessLevel", "allowedToPushes");
  const mayMerge = widest(own("BranchProtection"), "mergeAccessLevel", "allowedToMerges");
  for (const rule of await get<BranchRule>("protected branches", api.ProtectedBranches.all(id))) {
    if (branches.includes(rule.name)) continue;
    const push = widerThan(mayPush, rule.push_access_levels);
    const merge = widerThan(mayMerge, rule.merge_access_levels);
    const ways = [
      push && `lets ${push} push to branches that see Protected variables`,
      merge && `lets ${merge} merge into them`,
      rule.allow_force_push && "allows force pushes",
    ].filter((way) => typeof way === "string");
    if (ways.length > 0) add(`branch rule ${rule.name}`, ways.join(", "), page("repository"));
  }

  const keys = own("ProjectVariable").map(({ outputs }) => `${outputs.key} ${outputs.environmentScope}`);
  for (const one of await get<Variable>("variables", api.ProjectVariables.all(id))) {
    if (one.protected || keys.includes(`${one.key} ${one.environment_scope}`)) continue;
    add(`variable ${one.key} (${one.environment_scope})`, "is seen by pipelines of every ref", page("ci_cd"));
  }

  const tokens = own("ProjectAccessToken").flatMap((state) => [state.id, state.outputs.id]);
  for (const one of await perhaps<AccessToken>("access tokens", api.ProjectAccessTokens.all(id))) {
    if (!one.active || tokens.includes(`${id}:${one.id}`)) continue;
    const end = one.expires_at === null ? "without an end" : `until ${one.expires_at}`;
    const effect = `opens the project with ${one.scopes.join(", ")} as ${levelName(one.access_level)}, ${end}`;
    add(`access token ${one.name}`, effect, page("access_tokens"));
  }

  const deployKeys = own("DeployKey").map((state) => state.id);
  for (const one of await perhaps<DeployKey>("deploy keys", api.DeployKeys.all({ projectId: id }))) {
    if (deployKeys.includes(`${id}:${one.id}`)) continue;
    const effect = one.can_push ? "reads and pushes to the repository" : "reads the repository";
    add(`deploy key ${one.title}`, effect, page("repository"));
  }

  const present = await ask<Record<string, unknown>>("settings", api.Projects.show(id));
  for (const { subject, effect } of weakerSettings(project, present)) {
    const remedy = `set it back: ${project.outputs.webUrl}/edit; or take it over: npx pulumi refresh`;
    findings.push({ where, subject, effect, remedy });
  }

  const runners = alive.filter(({ type }) => type.endsWith(":UserRunner")).map((state) => state.id);
  for (const one of await perhaps<Runner>("runners", api.Runners.all({ projectId: id }))) {
    if (one.runner_type !== "project_type" || runners.includes(String(one.id))) continue;
    add(
      `runner ${one.description ?? one.id}`,
      "runs the project's jobs, with their credentials",
      page("ci_cd"),
    );
  }
  return { findings, notes };
}

/** A list that the API did not give. */
class LookFailed extends Error {
  readonly status: number | undefined;

  constructor(what: string, error: unknown) {
    const reason = error instanceof Error ? error.message : String(error);
    super(`${what} cannot be read: ${redact(reason)}`);
    const { cause } = (error ?? {}) as { cause?: { response?: { status?: number } } };
    this.status = cause?.response?.status;
  }
}

/** The lowest role that the stack's own rules let in; `NO_ONE` where they let nobody in or there are none. */
function widest(rules: readonly ResourceState[], single: string, list: string): number {
  const named = rules.flatMap(({ inputs }) => {
    const entries = Array.isArray(inputs[list]) ? (inputs[list] as { accessLevel?: string }[]) : [];
    return [inputs[single], ...entries.map(({ accessLevel }) => accessLevel)];
  });
  const levels = named.map((name) => LEVELS[String(name)] ?? NO_ONE).filter((level) => level !== NO_ONE);
  return levels.length > 0 ? Math.min(...levels) : NO_ONE;
}

/** Who a rule lets in beyond `own`, in words; undefined when nobody. */
function widerThan(own: number, entries: readonly Entry[]): string | undefined {
  const wider = entries.filter(({ access_level: level, ...entry }) => {
    if (entry.user_id || entry.group_id || entry.deploy_key_id) return true;
    return level !== null && level !== NO_ONE && (own === NO_ONE || level < own);
  });
  return wider.map((entry) => entry.access_level_description).join(", ") || undefined;
}

function levelName(level: number): string {
  return Object.entries(LEVELS).find(([, number]) => number === level)?.[0] ?? `level ${level}`;
}
