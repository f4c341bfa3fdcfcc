import { requireGroup } from "../access.ts";
import { ApiError, invalid, must, parameterError } from "../errors.ts";
import { MAINTAINER, OWNER, type State, type Variable } from "../state.ts";
import type { Vault } from "../vault.ts";
import type { Api, Call } from "./call.ts";
import type { Params } from "./params.ts";

type Owner = Variable["owner"];

const TYPES = ["env_var", "file"] as const;

/** CI/CD variables of projects, groups and the instance: https://docs.gitlab.com/api/project_level_variables/ */
export function variableRoutes(api: Api): void {
  addRoutes(api, "/projects/:id/variables", (call) => ({ kind: "project", id: call.project(MAINTAINER).id }));
  addRoutes(api, "/groups/:id/variables", (call) => ({
    kind: "group",
    id: requireGroup(call.state, call.caller, call.path("id"), OWNER).id,
  }));
  addRoutes(api, "/admin/ci/variables", (call) => {
    call.requireAdmin();
    return null;
  });
}

function addRoutes(api: Api, base: string, ownerOf: (call: Call) => Owner): void {
  const { vault } = api.instance;
  api.get(base, (call) => {
    const owner = ownerOf(call);
    const own = call.state.variables.filter((variable) => sameOwner(variable.owner, owner));
    return call.page(own).map((variable) => entity(vault, variable));
  });
  api.get(`${base}/:key`, (call) => entity(vault, find(call.state, ownerOf(call), call)));
  api.post(base, (call) => {
    const owner = ownerOf(call);
    return call.instance.store.update((state) =>
      entity(vault, createVariable(vault, state, owner, call.params)),
    );
  });
  api.put(`${base}/:key`, (call) => {
    const owner = ownerOf(call);
    return call.instance.store.update((state) => {
      const variable = find(state, owner, call);
      change(vault, state, variable, call.params);
      return entity(vault, variable);
    });
  });
  api.delete(`${base}/:key`, async (call) => {
    const owner = ownerOf(call);
    await call.instance.store.update((state) => {
      const variable = find(state, owner, call);
      state.variables = state.variables.filter((candidate) => candidate !== variable);
    });
    return call.noContent();
  });
}

function sameOwner(a: Owner, b: Owner): boolean {
  return a?.kind === b?.kind && a?.id === b?.id;
}

/** The variable of `:key`, narrowed by `filter[environment_scope]`. */
function find(state: State, owner: Owner, call: Call): Variable {
  const key = call.path("key");
  const scope = call.params.map("filter")?.string("environment_scope");
  const found = state.variables.filter(
    (variable) =>
      sameOwner(variable.owner, owner) &&
      variable.key === key &&
      (scope === undefined || variable.scope === scope),
  );
  if (found.length > 1) {
    throw new ApiError(409, {
      message:
        "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'",
    });
  }
  return must(found[0], "Variable");
}

/** Adds a variable, with the rules of https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable */
export function createVariable(vault: Vault, state: State, owner: Owner, params: Params): Variable {
  const key = params.requireString("key");
  const value = params.requireString("value");
  const hidden = owner !== null && params.boolean("masked_and_hidden") === true;
  const variable: Variable = {
    owner,
    key,
    sealed: "",
    type: params.oneOf("variable_type", TYPES) ?? "env_var",
    protected: params.boolean("protected") ?? false,
    masked: hidden || (params.boolean("masked") ?? false),
    hidden,
    raw: params.boolean("raw") ?? false,
    scope: scopeOf(owner, params) ?? "*",
    description: params.string("description") ?? null,
  };
  validate(state, variable, value);
  variable.sealed = vault.seal(value);
  state.variables.push(variable);
  return variable;
}

function change(vault: Vault, state: State, variable: Variable, params: Params): void {
  const masked = params.boolean("masked");
  if (variable.hidden && masked === false) {
    throw invalid({ base: ["The visibility setting cannot be changed for masked and hidden variables."] });
  }
  const next: Variable = {
    ...variable,
    type: params.oneOf("variable_type", TYPES) ?? variable.type,
    protected: params.boolean("protected") ?? variable.protected,
    masked: masked ?? variable.masked,
    raw: params.boolean("raw") ?? variable.raw,
    scope: scopeOf(variable.owner, params) ?? variable.scope,
    description: params.has("description") ? (params.string("description") ?? null) : variable.description,
  };
  const value = params.string("value") ?? vault.open(variable.sealed);
  validate(state, next, value, variable);
  if (params.string("value") !== undefined) next.sealed = vault.seal(value);
  Object.assign(variable, next);
}

function scopeOf(owner: Owner, params: Params): string | undefined {
  return owner === null ? undefined : params.string("environment_scope");
}

const MASKABLE_RAW = /^\S{8,}$/;
const MASKABLE_EXPANDED = /^[a-zA-Z0-9_+=/@:.~-]{8,}$/;
const MAX_VALUE = 10_000;

function validate(state: State, variable: Variable, value: string, self?: Variable): void {
  const { key, owner, scope } = variable;
  const errors: Record<string, string[]> = {};
  if (key === "") errors.key = ["can't be blank"];
  else if (!/^[a-zA-Z0-9_]+$/.test(key)) errors.key = ["can contain only letters, digits and '_'."];
  else if (key.length > 255) errors.key = ["is too long (maximum is 255 characters)"];
  if (scope.length > 255 || !/^[a-zA-Z0-9_/.${}* -]+$/.test(scope)) {
    errors.environment_scope = [
      "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', '*' and spaces",
    ];
  }
  if (value.length > MAX_VALUE)
    errors.value = [`is too long (${value.length} characters). The maximum size is ${MAX_VALUE} characters.`];
  else if (variable.masked && !(variable.raw ? MASKABLE_RAW : MASKABLE_EXPANDED).test(value)) {
    errors.value = ["is invalid"];
  }
  const taken = state.variables.some(
    (other) => other !== self && sameOwner(other.owner, owner) && other.key === key && other.scope === scope,
  );
  if (taken) errors.key = [`(${key}) has already been taken`];
  if (Object.keys(errors).length > 0) throw invalid(errors);
}

function entity(vault: Vault, variable: Variable): Record<string, unknown> {
  const common = {
    variable_type: variable.type,
    key: variable.key,
    value: variable.hidden ? null : vault.open(variable.sealed),
    protected: variable.protected,
    masked: variable.masked,
    raw: variable.raw,
    description: variable.description,
  };
  if (variable.owner === null) return common;
  return { ...common, hidden: variable.hidden, environment_scope: variable.scope };
}

/** For the service itself: sets an instance-level variable unless there is one. */
export function ensureInstanceVariable(vault: Vault, state: State, key: string, value: string): void {
  if (state.variables.some((variable) => variable.owner === null && variable.key === key)) return;
  if (value === "") throw parameterError(`${key} is empty`);
  state.variables.push({
    owner: null,
    key,
    sealed: vault.seal(value),
    type: "env_var",
    protected: false,
    masked: false,
    hidden: false,
    raw: true,
    scope: "*",
    description: "Set by the sandbox at its first start",
  });
}
