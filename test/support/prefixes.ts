/** What a GitLab and a Heroku have come to after each of a sequence of recorded requests, and what is wrong with it. */
import type { Fields, RequestRecord } from "@tag-to-endpoint/sandbox";
import { covers } from "../../lib/gitlab/ref-pattern.ts";

/** GitLab's numbers of the roles; one above all of them stands for "no one". */
export const DEVELOPER = 30;
export const MAINTAINER = 40;
export const NO_ONE = 100;

interface Project {
  readonly path: string;
  /** Lowest role that a rule of this pattern lets through. */
  readonly tags: Map<string, number>;
  readonly branches: Map<string, { push: number; merge: number; force: boolean }>;
  readonly variables: Map<string, Fields>;
  /** Access tokens that can write to the project. */
  readonly tokens: Set<number>;
}

export interface World {
  readonly projects: Map<string, Project>;
  /** Authorizations of the pipelines: those with an end or a narrow scope. */
  readonly authorizations: Set<string>;
}

export function emptyWorld(): World {
  return { projects: new Map(), authorizations: new Set() };
}

/** The variables that hold a credential. */
const CREDENTIALS = ["HEROKU_API_KEY", "MLSERVER_REPO"];
const SERVER = /\/mlserver$/;

/** Applies one request. Requests that failed changed nothing. @throws for one that may matter and is not known */
export function apply(world: World, { service, method, path, status, answer }: RequestRecord): void {
  if (status >= 300) return;
  if (service === "heroku") {
    applyToHeroku(world, method, path, answer);
    return;
  }
  const [, id, kind, name = ""] =
    path.match(/^\/api\/v4\/projects(?:\/([^/]+)(?:\/(\w+)(?:\/(.+))?)?)?$/) ?? [];
  if (id === undefined) {
    if (method === "POST" && path === "/api/v4/projects") {
      world.projects.set(String(answer.id), emptyProject(String(answer.path_with_namespace)));
    }
    return;
  }
  if (kind === undefined) {
    if (method === "DELETE") world.projects.delete(id);
    return;
  }
  const project = world.projects.get(id);
  if (!project) throw new Error(`${method} ${path}: a project that no recorded request made`);
  change(project, { method, kind, name, answer });
}

function applyToHeroku({ authorizations }: World, method: string, path: string, answer: Fields): void {
  const id = path.match(/^\/oauth\/authorizations\/?(.*)$/)?.[1];
  if (id === undefined) return;
  if (method === "POST") authorizations.add(String(answer.id));
  if (method === "DELETE") authorizations.delete(id);
}

function emptyProject(path: string): Project {
  return { path, tags: new Map(), branches: new Map(), variables: new Map(), tokens: new Set() };
}

interface Change {
  readonly method: string;
  readonly kind: string;
  readonly name: string;
  readonly answer: Fields;
}

function change(project: Project, { method, kind, name, answer }: Change): void {
  const gone = method === "DELETE";
  switch (kind) {
    case "protected_tags":
      if (gone) project.tags.delete(name);
      else project.tags.set(String(answer.name), lowest(answer.create_access_levels));
      return;
    case "protected_branches":
      if (gone) project.branches.delete(name);
      else {
        project.branches.set(String(answer.name), {
          push: lowest(answer.push_access_levels),
          merge: lowest(answer.merge_access_levels),
          force: answer.allow_force_push === true,
        });
      }
      return;
    case "variables":
      if (gone) project.variables.delete(name);
      else project.variables.set(String(answer.key), answer);
      return;
    case "access_tokens":
      if (gone) project.tokens.delete(Number(name));
      else if (name === "") project.tokens.add(Number(answer.id));
      else
        throw new Error(`${method} ${kind}/${name}: a token was changed in place, which ends the one before`);
      return;
    default:
      throw new Error(`${method} ${kind}: a request that nobody has thought of here`);
  }
}

function lowest(levels: unknown): number {
  const roles = (levels as Array<{ access_level: number }>).map(({ access_level: level }) => level || NO_ONE);
  return Math.min(NO_ONE, ...roles);
}

/** The most permissive that is wanted at any moment of the sequence. */
export interface Allowed {
  /** Lowest role that may create a tag, push to the default branch, merge into it. */
  readonly tag: number;
  readonly push: number;
  readonly merge: number;
}

/** What is wrong in a world: each place where a credential is within reach of somebody who should not have it. */
export function exposures({ projects, authorizations }: World, allowed: Allowed): string[] {
  const found: string[] = [];
  for (const project of projects.values()) {
    found.push(...openVariables(project));
    // A Heroku authorization is made for the server project, where it is going to be.
    const used = project.variables.size > 0 || project.tokens.size > 0;
    if (!used && !(SERVER.test(project.path) && authorizations.size > 0)) continue;
    for (const tag of ["v1.0.0", "v9", "v"]) {
      const rules = [...project.tags].filter(([pattern]) => covers(pattern, tag)).map(([, role]) => role);
      found.push(...weaker(`${project.path}: tag ${tag}`, rules, allowed.tag));
    }
    const rules = [...project.branches]
      .filter(([pattern]) => covers(pattern, "main"))
      .map(([, rule]) => rule);
    found.push(
      ...weaker(
        `${project.path}: push to main`,
        rules.map(({ push }) => push),
        allowed.push,
      ),
      ...weaker(
        `${project.path}: merge into main`,
        rules.map(({ merge }) => merge),
        allowed.merge,
      ),
    );
    if (rules.some(({ force }) => force)) found.push(`${project.path}: force push to main`);
  }
  return found;
}

/** Variables that hold a credential and are not closed in every way. */
function openVariables({ path, variables }: Project): string[] {
  const isOpen = (key: string) => {
    const { protected: isProtected, masked, hidden } = variables.get(key) ?? {};
    return !isProtected || !masked || !hidden;
  };
  return CREDENTIALS.filter((key) => variables.has(key) && isOpen(key)).map(
    (key) => `${path}: ${key} is not protected, masked and hidden`,
  );
}

/** Of several rules the most permissive counts; without one, everybody who may push at all may do it. */
function weaker(what: string, roles: readonly number[], allowed: number): string[] {
  if (roles.length === 0) return [`${what}: no rule`];
  const role = Math.min(...roles);
  return role < allowed ? [`${what}: role ${role} may, and ${allowed} is the least wanted`] : [];
}

/** Applies requests one by one; what is wrong after each, with the request that led to it. */
export function replay(world: World, requests: readonly RequestRecord[], allowed: Allowed): string[] {
  return requests.flatMap((request) => {
    apply(world, request);
    return exposures(world, allowed).map((problem) => `after ${request.method} ${request.path}: ${problem}`);
  });
}
