import { conflict, invalid, must, parameterError } from "../errors.ts";
import type { Instance } from "../instance.ts";
import { nextId, now, type State, type User } from "../state.ts";
import { createToken } from "../tokens.ts";
import type { Api } from "./call.ts";
import { tokenEntity } from "./personal-tokens.ts";

/** Users: https://docs.gitlab.com/api/users/ */
export function userRoutes(api: Api): void {
  const { instance } = api;
  api.get("/user", (call) => entityFor(instance, call.caller.user, call.caller.user), {
    scopes: ["read_user"],
  });
  api.get("/users", (call) => {
    const { caller, params, state } = call;
    const username = params.string("username")?.toLowerCase();
    const search = params.string("search")?.toLowerCase();
    const users = state.users.filter(
      (user) =>
        (username === undefined || user.username.toLowerCase() === username) &&
        (search === undefined ||
          `${user.username} ${user.name} ${user.email}`.toLowerCase().includes(search)),
    );
    return call.page(users).map((user) => entityFor(instance, caller.user, user));
  });
  api.get("/users/:user_id", (call) => {
    const user = must(findUser(call.state, call.number("user_id")), "User");
    return entityFor(instance, call.caller.user, user);
  });
  api.post("/users", async (call) => {
    call.requireAdmin();
    const { params } = call;
    const email = params.requireString("email");
    const name = params.requireString("name");
    const username = params.requireString("username");
    const hasWay =
      params.has("password") || params.boolean("reset_password") || params.boolean("force_random_password");
    if (!hasWay) {
      throw parameterError(
        "password, reset_password, force_random_password are missing, at least one parameter must be provided",
      );
    }
    const user = await instance.store.update((state) => {
      return createUser(state, {
        username,
        name,
        email,
        admin: params.boolean("admin") ?? false,
        bot: false,
      });
    });
    return entityFor(instance, call.caller.user, user);
  });
  // https://docs.gitlab.com/api/user_moderation/
  for (const [action, blocked] of [
    ["block", true],
    ["unblock", false],
  ] as const) {
    api.post(`/users/:user_id/${action}`, async (call) => {
      call.requireAdmin();
      await instance.store.update((state) => {
        must(findUser(state, call.number("user_id")), "User").state = blocked ? "blocked" : "active";
      });
      return true;
    });
  }
  api.delete("/users/:user_id", async (call) => {
    call.requireAdmin();
    const id = call.number("user_id");
    await instance.store.update((state) => {
      must(findUser(state, id), "User");
      if (state.projects.some(({ namespace }) => namespace.kind === "user" && namespace.id === id)) {
        throw conflict("User cannot be removed while projects are in the user's namespace");
      }
      state.users = state.users.filter((user) => user.id !== id);
      state.tokens = state.tokens.filter((token) => token.userId !== id);
      state.members = state.members.filter((member) => member.userId !== id);
    });
    return call.noContent();
  });
  api.post("/users/:user_id/personal_access_tokens", async (call) => {
    call.requireAdmin();
    const { params } = call;
    const userId = call.number("user_id");
    const { plain, token } = await instance.store.update((state) => {
      must(findUser(state, userId), "User");
      return createToken(state, {
        userId,
        projectId: null,
        name: params.requireString("name"),
        description: params.string("description") ?? null,
        scopes: params.list("scopes") ?? [],
        expiresAt: params.date("expires_at"),
      });
    });
    return { ...tokenEntity(token), token: plain };
  });
}

/** A user by number. */
export function findUser(state: State, id: number): User | undefined {
  return state.users.find((user) => user.id === id);
}

/** Adds a user; the name must be free among users and groups. */
export function createUser(
  state: State,
  wanted: Pick<User, "username" | "name" | "email" | "admin" | "bot">,
): User {
  if (!/^[a-zA-Z0-9_][a-zA-Z0-9_.-]*$/.test(wanted.username) || /\.(git|atom)$/.test(wanted.username)) {
    throw invalid({
      username: [
        "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-' or end in '.', '.git' or '.atom'.",
      ],
    });
  }
  const lower = wanted.username.toLowerCase();
  const taken =
    state.users.some((user) => user.username.toLowerCase() === lower) ||
    state.groups.some((group) => group.fullPath.toLowerCase() === lower);
  if (taken) throw conflict("Username has already been taken");
  if (state.users.some((user) => user.email.toLowerCase() === wanted.email.toLowerCase())) {
    throw conflict("Email has already been taken");
  }
  const user: User = { ...wanted, id: nextId(state, "user"), state: "active", createdAt: now() };
  state.users.push(user);
  return user;
}

/** A user as part of other answers. */
export function userEntity(instance: Instance, user: User): Record<string, unknown> {
  return {
    id: user.id,
    username: user.username,
    public_email: null,
    name: user.name,
    state: user.state,
    locked: false,
    avatar_url: null,
    web_url: `${instance.url}/${user.username}`,
  };
}

function ownEntity(instance: Instance, user: User): Record<string, unknown> {
  return {
    ...userEntity(instance, user),
    created_at: user.createdAt,
    bio: "",
    bot: user.bot,
    discord: "",
    extra_shared_runners_minutes_limit: null,
    followers: 0,
    following: 0,
    github: "",
    linkedin: "",
    local_time: null,
    pronouns: null,
    scim_identities: [],
    shared_runners_minutes_limit: null,
    twitter: "",
    work_information: null,
    job_title: "",
    organization: "",
    location: "",
    website_url: "",
    last_sign_in_at: null,
    confirmed_at: user.createdAt,
    last_activity_on: null,
    email: user.email,
    commit_email: user.email,
    theme_id: 1,
    color_scheme_id: 1,
    projects_limit: 100_000,
    current_sign_in_at: null,
    identities: [],
    can_create_group: true,
    can_create_project: true,
    two_factor_enabled: false,
    external: false,
    private_profile: false,
    namespace_id: userNamespaceId(user.id),
  };
}

function entityFor(instance: Instance, caller: User, user: User): Record<string, unknown> {
  if (caller.admin) return { ...ownEntity(instance, user), is_admin: user.admin };
  return caller.id === user.id ? ownEntity(instance, user) : userEntity(instance, user);
}

const USER_NAMESPACES = 1_000_000;

/** Users' namespaces have ids of their own range, so that they never meet those of groups. */
export function userNamespaceId(userId: number): number {
  return USER_NAMESPACES + userId;
}

/** The user whose namespace has this id, if any. */
export function namespaceOwnerId(namespaceId: number): number | undefined {
  return namespaceId > USER_NAMESPACES ? namespaceId - USER_NAMESPACES : undefined;
}
