import { ancestors, effectiveLevel, requireGroup } from "../access.ts";
import { conflict, forbidden, must, parameterError } from "../errors.ts";
import { DEVELOPER, GUEST, MAINTAINER, type Member, now, OWNER, REPORTER, type State } from "../state.ts";
import type { Api, Call } from "./call.ts";
import { findUser, userEntity } from "./users.ts";

type Source = Member["source"];

// 5 is Minimal access, 15 Planner, 25 Security manager.
const LEVELS = [5, GUEST, 15, REPORTER, 25, DEVELOPER, MAINTAINER, OWNER];

interface Place {
  source: Source;
  /** The caller's own role there. */
  level: number;
}

/** Members of projects and groups: https://docs.gitlab.com/api/members/ */
export function memberRoutes(api: Api): void {
  addRoutes(api, "projects", (call, level) => {
    const project = call.project(level);
    return {
      source: { kind: "project", id: project.id },
      level: effectiveLevel(call.state, call.principal, project),
    };
  });
  addRoutes(api, "groups", (call, level) => {
    // Only owners manage the members of a group.
    const group = requireGroup(call.state, call.caller, call.path("id"), level > 0 ? OWNER : 0);
    return { source: { kind: "group", id: group.id }, level: OWNER };
  });
}

function addRoutes(api: Api, kind: string, place: (call: Call, level: number) => Place): void {
  const { instance } = api;
  const base = `/${kind}/:id/members`;
  const list = (call: Call, members: Member[]) => {
    const query = call.params.string("query")?.toLowerCase();
    const ids = call.params.list("user_ids")?.map(Number);
    const wanted = members.filter((member) => {
      if (ids !== undefined && !ids.includes(member.userId)) return false;
      const user = findUser(call.state, member.userId);
      return query === undefined || `${user?.username} ${user?.name}`.toLowerCase().includes(query);
    });
    return call.page(wanted).map((member) => entity(call, member));
  };
  api.get(base, (call) => {
    const { source } = place(call, 0);
    return list(call, direct(call.state, source));
  });
  api.get(`${base}/all`, (call) => list(call, inherited(call.state, place(call, 0).source)));
  api.get(`${base}/all/:user_id`, (call) => {
    const members = inherited(call.state, place(call, 0).source);
    return entity(call, must(members.find(({ userId }) => userId === call.number("user_id"))));
  });
  api.get(`${base}/:user_id`, (call) => {
    const { source } = place(call, 0);
    return entity(call, findMember(call.state, source, call.number("user_id")));
  });
  api.post(base, async (call) => {
    const { source, level } = place(call, MAINTAINER);
    const { params } = call;
    const accessLevel = checkLevel(params.requireInteger("access_level"), level);
    const username = params.string("username");
    const userId =
      username === undefined
        ? params.integer("user_id")
        : call.state.users.find((user) => user.username === username)?.id;
    if (userId === undefined)
      throw parameterError("user_id, username are missing, exactly one parameter must be provided");
    must(findUser(call.state, userId), "User");
    const member = await instance.store.update((state) => {
      if (direct(state, source).some((other) => other.userId === userId))
        throw conflict("Member already exists");
      const added: Member = {
        userId,
        source,
        accessLevel,
        expiresAt: params.date("expires_at") ?? null,
        createdAt: now(),
        createdById: call.caller.user.id,
      };
      state.members.push(added);
      return added;
    });
    return entity(call, member);
  });
  api.put(`${base}/:user_id`, async (call) => {
    const { source, level } = place(call, MAINTAINER);
    const { params } = call;
    const accessLevel = checkLevel(params.requireInteger("access_level"), level);
    const member = await instance.store.update((state) => {
      const stored = findMember(state, source, call.number("user_id"));
      if (stored.accessLevel > level) throw forbidden();
      stored.accessLevel = accessLevel;
      if (params.has("expires_at")) stored.expiresAt = params.date("expires_at") ?? null;
      return stored;
    });
    return entity(call, member);
  });
  api.delete(`${base}/:user_id`, async (call) => {
    const userId = call.number("user_id");
    // Everybody may leave.
    const leaving = call.caller.user.id === userId;
    const { source, level } = place(call, leaving ? 0 : MAINTAINER);
    await instance.store.update((state) => {
      const stored = findMember(state, source, userId);
      if (!leaving && stored.accessLevel > level) throw forbidden();
      state.members = state.members.filter((member) => member !== stored);
    });
    return call.noContent();
  });
}

/** Nobody gives a role above the own one. */
function checkLevel(wanted: number, own: number): number {
  if (!LEVELS.includes(wanted)) throw parameterError("access_level does not have a valid value");
  if (wanted > own) throw forbidden();
  return wanted;
}

function direct(state: State, source: Source): Member[] {
  return state.members.filter((m) => m.source.kind === source.kind && m.source.id === source.id);
}

/** Direct members and those of the groups above, each with the highest role. */
function inherited(state: State, source: Source): Member[] {
  const project = source.kind === "project" ? state.projects.find(({ id }) => id === source.id) : undefined;
  const start =
    source.kind === "group" ? source.id : project?.namespace.kind === "group" ? project.namespace.id : null;
  const found = new Map<number, Member>();
  const add = (member: Member) => {
    const known = found.get(member.userId);
    if (known === undefined || known.accessLevel < member.accessLevel) found.set(member.userId, member);
  };
  direct(state, source).forEach(add);
  for (const group of ancestors(state, start)) direct(state, { kind: "group", id: group.id }).forEach(add);
  return [...found.values()];
}

function findMember(state: State, source: Source, userId: number): Member {
  return must(direct(state, source).find((member) => member.userId === userId));
}

function entity(call: Call, member: Member): Record<string, unknown> {
  const user = must(findUser(call.state, member.userId), "User");
  const maker = member.createdById === undefined ? undefined : findUser(call.state, member.createdById);
  return {
    ...userEntity(call.instance, user),
    access_level: member.accessLevel,
    created_at: member.createdAt,
    ...(maker && { created_by: userEntity(call.instance, maker) }),
    expires_at: member.expiresAt,
    membership_state: "active",
  };
}
