import { randomBytes } from "node:crypto";
import { effectiveLevel, namespacePath } from "../access.ts";
import { badRequest, must, parameterError, unauthorized } from "../errors.ts";
import { hasProjectTokens, hasReachedTokenLimit, rootOf } from "../plans.ts";
import {
  DEVELOPER,
  GUEST,
  MAINTAINER,
  now,
  OWNER,
  type Project,
  REPORTER,
  type State,
  type Token,
} from "../state.ts";
import { createToken } from "../tokens.ts";
import type { Api, Call } from "./call.ts";
import { filterTokens, rotateCall, tokenEntity } from "./personal-tokens.ts";
import { createUser } from "./users.ts";

const LEVELS = [GUEST, 15, REPORTER, 25, DEVELOPER, MAINTAINER, OWNER];

/** Project access tokens: https://docs.gitlab.com/api/project_access_tokens/ */
export function projectTokenRoutes(api: Api): void {
  const base = "/projects/:id/access_tokens";
  const { instance } = api;
  api.get(base, (call) => {
    const project = readable(call);
    const tokens = call.state.tokens.filter(
      (token) => token.projectId === project.id && token.jobId === null,
    );
    return call.page(filterTokens(call, tokens)).map((token) => entity(call.state, token));
  });
  api.get(`${base}/:token_id`, (call) => {
    const project = readable(call);
    return entity(call.state, find(call, call.state, project));
  });
  api.post(base, async (call) => {
    const { params } = call;
    const name = params.requireString("name");
    void call.caller;
    const project = call.project();
    if (!mayCreate(call, project)) {
      throw badRequest("User does not have permission to create project access token");
    }
    const level = params.integer("access_level") ?? MAINTAINER;
    if (!LEVELS.includes(level)) throw parameterError("access_level does not have a valid value");
    if (level > effectiveLevel(call.state, call.principal, project)) {
      throw badRequest(
        "Access level of the token can't be greater the access level of the user who created the token",
      );
    }
    const result = await instance.store.update((state) => {
      if (hasReachedTokenLimit(state, project)) throw badRequest("Access token limit reached");
      const bot = createBot(state, project, name);
      state.members.push({
        userId: bot.id,
        source: { kind: "project", id: project.id },
        accessLevel: level,
        expiresAt: params.date("expires_at") ?? null,
        createdAt: now(),
      });
      const made = createToken(state, {
        userId: bot.id,
        projectId: project.id,
        name,
        description: params.string("description") ?? null,
        scopes: params.list("scopes") ?? [],
        expiresAt: params.date("expires_at"),
      });
      return { ...entity(state, made.token), token: made.plain };
    });
    return result;
  });
  api.post(`${base}/self/rotate`, (call) => rotated(call, () => call.caller.token.id), {
    scopes: ["self_rotate"],
  });
  api.post(`${base}/:token_id/rotate`, (call) =>
    rotated(call, () => find(call, call.state, call.project(MAINTAINER)).id),
  );
  api.delete(`${base}/:token_id`, async (call) => {
    const { id, userId } = find(call, call.state, call.project(MAINTAINER));
    await instance.store.update((state) => {
      must(state.tokens.find((token) => token.id === id)).revoked = true;
      removeBot(state, userId);
    });
    return call.noContent();
  });
}

/** The project, for those who see its tokens; GitLab answers 401 to other members. */
function readable(call: Call): Project {
  const project = call.project();
  if (effectiveLevel(call.state, call.principal, project) < MAINTAINER) throw unauthorized();
  return project;
}

/** Maintainers, where the plan and the owners of the group let projects have tokens; a token makes no other. */
function mayCreate({ state, principal, instance }: Call, project: Project): boolean {
  if (principal === null || principal.user.bot) return false;
  if (effectiveLevel(state, principal, project) < MAINTAINER) return false;
  const { groupsWithoutAccessTokens } = instance.ctx.conditions.gitlab;
  const root = namespacePath(state, rootOf(state, project.namespace));
  const isSwitchedOff = project.namespace.kind === "group" && groupsWithoutAccessTokens.includes(root);
  return !isSwitchedOff && hasProjectTokens(state, project);
}

async function rotated(call: Call, id: () => number): Promise<unknown> {
  const project = call.project();
  const wanted = id();
  const answer = (await rotateCall(call, (state) => {
    const token = must(
      state.tokens.find((t) => t.id === wanted && t.projectId === project.id),
      "Access Token",
    );
    const member = state.members.find((m) => m.userId === token.userId);
    // The bot stays a member for as long as its newest token lives.
    if (member !== undefined) member.expiresAt = null;
    return token;
  })) as Record<string, unknown>;
  return { ...answer, access_level: levelOf(call.state, Number(answer.user_id)) };
}

function find(call: Call, state: State, project: Project): Token {
  const id = call.number("token_id");
  return must(
    state.tokens.find((t) => t.id === id && t.projectId === project.id && t.jobId === null),
    "Project Access Token",
  );
}

function createBot(state: State, project: Project, name: string) {
  const username = `project_${project.id}_bot_${randomBytes(16).toString("hex")}`;
  return createUser(state, {
    username,
    name,
    email: `${username}@noreply.127.0.0.1`,
    admin: false,
    bot: true,
  });
}

/** Takes the rights of a token's bot, once no token of it is left. */
export function removeBot(state: State, userId: number): void {
  if (state.tokens.some((token) => token.userId === userId && !token.revoked)) return;
  state.members = state.members.filter((member) => member.userId !== userId);
  const bot = state.users.find((user) => user.id === userId);
  if (bot !== undefined) bot.state = "blocked";
}

function levelOf(state: State, userId: number): number | null {
  return state.members.find((member) => member.userId === userId)?.accessLevel ?? null;
}

function entity(state: State, token: Token): Record<string, unknown> {
  return { ...tokenEntity(token), access_level: levelOf(state, token.userId) };
}
