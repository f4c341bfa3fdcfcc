import { ancestors } from "../access.ts";
import type { Instance } from "../instance.ts";
import { matches } from "../protection.ts";
import type { Project, State, Variable } from "../state.ts";
import type { RawVariable } from "./expand.ts";
import type { Pipeline } from "./records.ts";

/** Variables stored in the instance, the groups (outermost first) and the project, in rising precedence. */
export function storedVariables(
  state: State,
  project: Project,
  protectedRef: boolean,
  environment: string | null,
): Variable[] {
  const groups = project.namespace.kind === "group" ? ancestors(state, project.namespace.id).reverse() : [];
  const owners: Variable["owner"][] = [
    null,
    ...groups.map((group) => ({ kind: "group" as const, id: group.id })),
    { kind: "project", id: project.id },
  ];
  const byKey = new Map<string, Variable>();
  for (const owner of owners) {
    const own = state.variables.filter(
      (variable) =>
        variable.owner?.kind === owner?.kind &&
        variable.owner?.id === owner?.id &&
        (!variable.protected || protectedRef) &&
        scopeMatches(variable.scope, environment),
    );
    // The most precise scope last: it wins.
    own.sort((a, b) => precision(a.scope) - precision(b.scope));
    for (const variable of own) byKey.set(variable.key, variable);
  }
  return [...byKey.values()];
}

const precision = (scope: string) => scope.replaceAll("*", "").length + (scope.includes("*") ? 0 : 1000);

/** The stored variables with those given for one pipeline above them, opened. */
export function openedVariables(
  instance: Instance,
  project: Project,
  pipeline: Pick<Pipeline, "protectedRef" | "variables">,
  environment: string | null,
): Record<string, RawVariable & { type: Variable["type"]; masked: boolean; stored: boolean }> {
  const { vault, store } = instance;
  const result: ReturnType<typeof openedVariables> = {};
  for (const variable of storedVariables(store.data, project, pipeline.protectedRef, environment)) {
    const { key, raw, type, masked, owner } = variable;
    result[key] = { value: vault.open(variable.sealed), raw, type, masked, stored: owner !== null };
  }
  for (const { key, sealed, type } of pipeline.variables) {
    result[key] = { value: vault.open(sealed), raw: false, type, masked: false, stored: true };
  }
  return result;
}

/** Whether a scope such as `review/*` covers an environment; without one only `*` applies. */
export function scopeMatches(scope: string, environment: string | null): boolean {
  return environment === null ? scope === "*" : matches(scope, environment);
}
