import { groupRole, requireGroup } from "../access.ts";
import { ApiError, must, notFound, parameterError } from "../errors.ts";
import { notImplemented } from "../not-implemented.ts";
import { hasPaidFeatures } from "../plans.ts";
import { groupPushRule, NO_RULES, patternOf, pushRuleOf, setPushRule } from "../push-rules.ts";
import { MAINTAINER, type NamespaceRef, OWNER, type PushRule, type PushRuleValues } from "../state.ts";
import type { Api, Call } from "./call.ts";
import type { Params } from "./params.ts";

type Owner = PushRule["owner"];

/**
 * Push rules of projects and groups, of Premium and Ultimate:
 * https://docs.gitlab.com/api/project_push_rules/ and https://docs.gitlab.com/api/group_push_rules/
 */
export function pushRuleRoutes(api: Api): void {
  routes(api, "projects", ofProject, {
    read: (call, owner) => {
      const rule = pushRuleOf(call.state, owner);
      // A project without rules answers `null`.
      if (rule !== undefined) return entity(rule);
      call.reply.type("application/json");
      return call.reply.send("null");
    },
    exists: "Project push rule exists",
  });
  routes(api, "groups", ofGroup, {
    read: (call, owner) => entity(must(groupPushRule(call.state, owner.id))),
    exists: "Group push rule exists, try updating",
  });
}

interface Differences {
  read(call: Call, owner: Owner): unknown;
  /** What a second set of rules is refused with. */
  exists: string;
}

function routes(api: Api, kind: string, find: (call: Call) => Owner, { read, exists }: Differences): void {
  const path = `/${kind}/:id/push_rule`;
  const write = (call: Call, owner: Owner) => {
    const values = readValues(call.params);
    return api.instance.store.update((state) => entity(setPushRule(state, owner, values)));
  };
  api.get(path, (call) => read(call, find(call)));
  api.post(path, (call) => {
    const owner = find(call);
    if (pushRuleOf(call.state, owner) !== undefined) throw new ApiError(422, { message: exists });
    return write(call, owner);
  });
  api.put(path, (call) => {
    const owner = find(call);
    must(pushRuleOf(call.state, owner), "Push rule");
    return write(call, owner);
  });
  api.delete(path, async (call) => {
    const owner = find(call);
    const { id } = must(pushRuleOf(call.state, owner), "Push rule");
    await api.instance.store.update((state) => {
      state.pushRules = state.pushRules.filter((rule) => rule.id !== id);
    });
    return call.noContent();
  });
}

function ofProject(call: Call): Owner {
  const project = call.project(MAINTAINER);
  checkPlan(call, project.namespace);
  return { kind: "project", id: project.id };
}

function ofGroup(call: Call): Owner {
  const group = requireGroup(call.state, call.caller, call.path("id"));
  if (groupRole(call.state, call.principal, group) < OWNER) throw notFound();
  checkPlan(call, { kind: "group", id: group.id });
  return { kind: "group", id: group.id };
}

function checkPlan({ state }: Call, namespace: NamespaceRef): void {
  if (!hasPaidFeatures(state, namespace)) throw notFound();
}

const NAMES = Object.keys(NO_RULES) as (keyof PushRuleValues)[];

/** What the sandbox does not look for in a push. */
const UNCHECKED: (keyof PushRuleValues)[] = ["prevent_secrets", "file_name_regex", "max_file_size"];

function readValues(params: Params): Partial<PushRuleValues> {
  const given = NAMES.filter((name) => params.has(name));
  if (given.length === 0) {
    throw parameterError(`${NAMES.join(", ")} are missing, at least one parameter must be provided`);
  }
  const values = Object.fromEntries(given.map((name) => [name, readOne(name, params)]));
  const unchecked = UNCHECKED.filter((name) => Boolean(values[name]));
  if (unchecked.length > 0) throw notImplemented(`the push rules ${unchecked.join(", ")}`);
  return values;
}

function readOne(name: keyof PushRuleValues, params: Params): unknown {
  const initial = NO_RULES[name];
  if (typeof initial === "boolean") return params.boolean(name) ?? false;
  if (typeof initial === "number") return params.integer(name) ?? 0;
  const pattern = params.string(name) ?? "";
  if (patternOf(pattern) === undefined) throw notImplemented(`the pattern ${pattern} of a push rule`);
  return pattern;
}

function entity({ id, owner, createdAt, values }: PushRule): Record<string, unknown> {
  return {
    id,
    ...(owner.kind === "project" ? { project_id: owner.id } : {}),
    created_at: createdAt,
    ...values,
  };
}
