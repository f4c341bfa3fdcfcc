import { ancestors, groupRole, mayReadGroup, requireGroup } from "../access.ts";
import { must, notFound, parameterError } from "../errors.ts";
import type { Instance } from "../instance.ts";
import { notImplemented } from "../not-implemented.ts";
import { planOf, rootOf, subscriptionOf } from "../plans.ts";
import { type Group, type NamespaceRef, OWNER, type State, type Visibility } from "../state.ts";
import type { Api, Call } from "./call.ts";
import type { Params } from "./params.ts";
import { findUser, namespaceOwnerId, userNamespaceId } from "./users.ts";

/** Namespaces and what is paid for them: https://docs.gitlab.com/api/namespaces/ */
export function namespaceRoutes(api: Api): void {
  api.get("/namespaces", (call) => {
    const { caller, state } = call;
    const search = call.params.string("search")?.toLowerCase() ?? "";
    const groups = state.groups.filter((group) => mayReadGroup(state, call.principal, group));
    const all: NamespaceRef[] = [
      { kind: "user", id: caller.user.id },
      ...groups.map(({ id }): NamespaceRef => ({ kind: "group", id })),
    ];
    const entities = all.map((ref) => entity(call, ref));
    return call.page(entities.filter(({ full_path: path }) => String(path).toLowerCase().includes(search)));
  });
  api.get("/namespaces/:id", (call) => entity(call, find(call)));
  api.put("/namespaces/:id", async (call) => {
    call.requireAdmin();
    const ref = find(call);
    const { params } = call;
    const unknown = params.names().filter((name) => name !== "gitlab_subscription_attributes");
    if (unknown.length > 0) throw notImplemented(`the limits ${unknown.join(", ")} of a namespace`);
    const wanted = params.map("gitlab_subscription_attributes");
    if (wanted !== undefined) await subscribe(call, ref, wanted);
    return entity(call, ref);
  });
}

function find(call: Call): NamespaceRef {
  const { caller, state } = call;
  const path = call.path("id");
  const user = /^\d+$/.test(path)
    ? findUser(state, namespaceOwnerId(Number(path)) ?? -1)
    : state.users.find(({ username }) => username.toLowerCase() === path.toLowerCase());
  if (user === undefined) return { kind: "group", id: requireGroup(state, caller, path).id };
  if (user.id !== caller.user.id && !caller.user.admin) throw notFound("Namespace");
  return { kind: "user", id: user.id };
}

/** Plans of gitlab.com, as the API calls them: https://docs.gitlab.com/development/internal_api/gitlab_subscriptions/ */
const PLANS = [
  "free",
  "premium",
  "ultimate",
  "premium_trial",
  "ultimate_trial",
  "ultimate_trial_paid_customer",
] as const;

async function subscribe(call: Call, ref: NamespaceRef, wanted: Params): Promise<void> {
  const plan = wanted.oneOf("plan_code", PLANS);
  if (plan === undefined) throw parameterError("gitlab_subscription_attributes[plan_code] is missing");
  const trial = wanted.boolean("trial") ?? false;
  const trialEndsOn = wanted.date("trial_ends_on") ?? null;
  await call.instance.store.update((state) => {
    const namespace = rootOf(state, ref);
    const others = state.subscriptions.filter((other) => other !== subscriptionOf(state, ref));
    state.subscriptions = [...others, { namespace, plan, trial, trialEndsOn }];
  });
}

/** A namespace as its own page of the API shows it: more to those who administer it. */
function entity(call: Call, ref: NamespaceRef): Record<string, unknown> {
  const { instance, state } = call;
  if (ref.kind === "user") return { ...userNamespace(instance, state, ref.id), ...ownerFields(state, ref) };
  const group = must(
    state.groups.find(({ id }) => id === ref.id),
    "Namespace",
  );
  const basic = groupNamespace(instance, group);
  if (groupRole(state, call.principal, group) < OWNER) return basic;
  return {
    ...basic,
    members_count_with_descendants: membersOf(state, ref),
    ...ownerFields(state, ref),
  };
}

/** What only an owner reads; the plan is that of the top-level namespace. */
function ownerFields(state: State, ref: NamespaceRef): Record<string, unknown> {
  const { name, trial, trialEndsOn } = planOf(state, ref);
  return {
    billable_members_count: membersOf(state, ref),
    ...(subscriptionOf(state, ref) === undefined
      ? {}
      : {
          seats_in_use: membersOf(state, ref),
          max_seats_used: membersOf(state, ref),
          max_seats_used_changed_at: null,
          end_date: null,
        }),
    plan: name,
    trial_ends_on: trialEndsOn,
    trial,
  };
}

function membersOf(state: State, ref: NamespaceRef): number {
  if (ref.kind === "user") return 1;
  const below = state.groups.filter((group) => ancestors(state, group.id).some(({ id }) => id === ref.id));
  const ids = below.map(({ id }) => id);
  const members = state.members.filter(({ source }) => source.kind === "group" && ids.includes(source.id));
  return new Set(members.map(({ userId }) => userId)).size;
}

/** The namespace of a user, as other answers show it. */
export function userNamespace(instance: Instance, state: State, userId: number): Record<string, unknown> {
  const user = must(findUser(state, userId), "Namespace");
  return {
    id: userNamespaceId(user.id),
    name: user.name,
    path: user.username,
    kind: "user",
    full_path: user.username,
    parent_id: null,
    avatar_url: null,
    web_url: `${instance.url}/${user.username}`,
  };
}

/** The namespace that a group is, as other answers show it. */
export function groupNamespace(instance: Instance, group: Group): Record<string, unknown> {
  return {
    id: group.id,
    name: group.name,
    path: group.path,
    kind: "group",
    full_path: group.fullPath,
    parent_id: group.parentId,
    avatar_url: null,
    web_url: `${instance.url}/groups/${group.fullPath}`,
  };
}

/** The group or user namespace with an id of the API, or undefined. */
export function namespaceById(
  state: State,
  id: number,
): { kind: "user" | "group"; id: number; visibility: Visibility } | undefined {
  const userId = namespaceOwnerId(id);
  if (userId !== undefined && findUser(state, userId) !== undefined) {
    return { kind: "user", id: userId, visibility: "public" };
  }
  const group = state.groups.find((candidate) => candidate.id === id);
  return group === undefined ? undefined : { kind: "group", id: group.id, visibility: group.visibility };
}
