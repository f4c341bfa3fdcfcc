/** A project's settings between the contract's names and the API's. */
import type { ResourceContract, TypeRef } from "../shared/contract.ts";
import { isProps, type Props, type Value } from "../shared/values.ts";
import { snake } from "./ids.ts";

/** A project as the API gives it, as far as this plugin looks into it by name. */
export interface ApiProject extends Record<string, unknown> {
  id: number;
  path_with_namespace: string;
  namespace: { id: number };
  marked_for_deletion_on?: string | null;
  marked_for_deletion_at?: string | null;
}

/** Names that are not the snake-case form of the contract's. */
const FIELDS: Record<string, string> = {
  visibilityLevel: "visibility",
  containerExpirationPolicy: "container_expiration_policy_attributes",
  publicBuilds: "public_jobs",
};

/** Inputs that have calls of their own or none. */
const ELSEWHERE = new Set([
  "__defaults",
  "archived",
  "archiveOnDestroy",
  "permanentlyDeleteOnDestroy",
  "skipWaitForDefaultBranchProtection",
  "initializeWithReadme",
]);

/** Inputs of the contract that this stand-in does not serve: better an error than a setting that is ignored. */
const UNSERVED = ["avatar", "pushRules", "forkedFromProjectId", "mrDefaultTargetSelf"];

/** The given inputs as fields of a request. */
export function fieldsOf(inputs: Props): Record<string, unknown> {
  const unserved = UNSERVED.filter((key) => inputs[key] !== undefined && inputs[key] !== "");
  if (unserved.length > 0) {
    throw new Error(`the stand-in for gitlab 10.1.1 does not serve ${unserved.join(", ")} of gitlab.Project`);
  }
  const given = Object.entries(inputs).filter(([key, value]) => !ELSEWHERE.has(key) && value !== null);
  return Object.fromEntries(given.map(([key, value]) => [FIELDS[key] ?? snake(key), deepSnake(value)]));
}

function deepSnake(value: Value): unknown {
  if (isProps(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [snake(key), deepSnake(item)]));
  }
  return value;
}

/** The outputs of a project. What the server does not tell is empty, as the official provider has it. */
export function outputsOf(contract: ResourceContract, project: ApiProject): Props {
  const outputs: Props = {};
  for (const [key, { type }] of Object.entries(contract.outputs)) {
    const value = fieldOf(project, key);
    if (value !== undefined && value !== null) {
      outputs[key] = camel(value as Value);
    } else if (contract.alwaysSet.includes(key)) {
      outputs[key] = empty(type);
    }
  }
  return outputs;
}

function fieldOf(project: ApiProject, key: string): unknown {
  switch (key) {
    case "namespaceId":
      return project.namespace.id;
    case "visibilityLevel":
      return project.visibility;
    case "publicBuilds":
      return project.public_jobs;
    case "importUrl":
      return project.import_url ?? "";
    default:
      return project[snake(key)];
  }
}

function camel(value: Value): Value {
  if (!isProps(value)) {
    return value;
  }
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(
    entries.map(([key, item]) => [
      key.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase()),
      camel(item),
    ]),
  );
}

function empty(type: TypeRef): Value {
  if (typeof type !== "string") {
    return "array" in type ? [] : {};
  }
  switch (type) {
    case "string":
      return "";
    case "boolean":
      return false;
    case "integer":
    case "number":
      return 0;
    default:
      return null;
  }
}
