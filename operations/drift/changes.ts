import { nameIn, typeOf } from "../../lib/pulumi/urn.ts";
import type { RefreshStep, ResourceState } from "./engine.ts";
import { HIDDEN, redact } from "./redact.ts";

/** Sections of a report, in the order in which a reader wants them. */
export const KINDS = ["protection", "variable", "token", "project", "app", "other"] as const;
export type Kind = (typeof KINDS)[number];

export interface Attribute {
  readonly name: string;
  /** Fit to be shown: a secret is never in it. */
  readonly old: string;
  readonly new: string;
}

/** One thing of the stack that is no longer as the stack made it. */
export interface Change {
  readonly kind: Kind;
  /** In words: `tag rule v*`. */
  readonly subject: string;
  /** Project or app it belongs to. */
  readonly where: string;
  readonly what: "changed" | "deleted";
  readonly attributes: readonly Attribute[];
  readonly urn: string;
  /** Command line that puts it back. */
  readonly restore: string;
}

interface Words {
  readonly kind: Kind;
  readonly subject: (inputs: Record<string, unknown>) => string;
}

const TYPES: Readonly<Record<string, Words>> = {
  "gitlab:index/tagProtection:TagProtection": { kind: "protection", subject: (i) => `tag rule ${i.tag}` },
  "gitlab:index/branchProtection:BranchProtection": {
    kind: "protection",
    subject: (i) => `branch rule ${i.branch}`,
  },
  "gitlab:index/projectVariable:ProjectVariable": { kind: "variable", subject: (i) => `variable ${i.key}` },
  "gitlab:index/projectAccessToken:ProjectAccessToken": {
    kind: "token",
    subject: (i) => `access token ${i.name} (${i.description})`,
  },
  "gitlab:index/deployKey:DeployKey": { kind: "token", subject: (i) => `deploy key ${i.title}` },
  "gitlab:index/project:Project": { kind: "project", subject: () => "project" },
  "gitlab:index/userRunner:UserRunner": { kind: "project", subject: () => "runner" },
  "heroku:app/app:App": { kind: "app", subject: () => "app" },
  "heroku:formation/formation:Formation": { kind: "app", subject: (i) => `dynos ${i.type}` },
};

const otherWords = (urn: string): Words => ({
  kind: "other",
  subject: () => `${typeOf(urn)} ${nameIn(urn)}`,
});

/** The changes that a refresh found, by kind. */
export function changesOf(steps: readonly RefreshStep[], stack: string): Change[] {
  const where = places(steps);
  const changes = steps.flatMap((step) => changeOf(step, stack, where) ?? []);
  return changes.sort(
    (a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || a.where.localeCompare(b.where),
  );
}

/** Keys of variables whose values no API gives back, as `project: KEY`. */
export function unreadableValues(steps: readonly RefreshStep[]): string[] {
  const where = places(steps);
  return steps
    .filter(
      ({ urn, op, newState }) => isVariable(urn) && op !== "delete" && newState?.outputs.hidden === true,
    )
    .map(({ newState }) => `${where(newState)}: ${newState?.inputs.key}`);
}

function changeOf(
  step: RefreshStep,
  stack: string,
  where: (state: ResourceState | undefined) => string,
): Change | undefined {
  const { op, urn, oldState } = step;
  if (oldState === undefined || (op !== "update" && op !== "delete")) return undefined;
  const { kind, subject } = TYPES[typeOf(urn)] ?? otherWords(urn);
  const attributes = op === "update" ? attributesOf(step) : [];
  // Outputs that no input decides, such as a date of last use, are the service's own affair.
  if (op === "update" && attributes.length === 0) return undefined;
  return {
    kind,
    subject: subject({ ...oldState.outputs, ...oldState.inputs }),
    where: where(oldState),
    what: op === "delete" ? "deleted" : "changed",
    attributes,
    urn,
    restore: restoreCommand(stack, urn, op),
  };
}

/** What puts a resource back. Its new secret, or what was in it, must reach whoever depends on it. */
function restoreCommand(stack: string, urn: string, op: string): string {
  const type = typeOf(urn);
  const up = `npx pulumi up --stack ${stack} --refresh`;
  const holdsOthers = ["gitlab:index/project:Project", "heroku:app/app:App"].includes(type);
  // With a project or an app all that was in it is gone.
  if (holdsOthers && op === "delete") return up;
  const target = `${up} --target '${urn}'`;
  return /AccessToken$|DeployKey$|UserRunner$/.test(type) ? `${target} --target-dependents` : target;
}

const isVariable = (urn: string) => typeOf(urn) === "gitlab:index/projectVariable:ProjectVariable";

/** Names of projects and apps by the ids that resources refer to them with. */
function places(steps: readonly RefreshStep[]): (state: ResourceState | undefined) => string {
  const names = new Map<string, string>();
  for (const { oldState: state } of steps) {
    if (state?.id === undefined) continue;
    if (state.type === "gitlab:index/project:Project") {
      names.set(`project ${state.id}`, String(state.outputs.pathWithNamespace ?? state.outputs.name));
    }
    if (state.type === "heroku:app/app:App") names.set(`app ${state.id}`, String(state.outputs.name));
  }
  return (state) => {
    if (state === undefined) return "";
    const { project, projectId, appId } = { ...state.outputs, ...state.inputs };
    const own = state.type.startsWith("heroku:")
      ? `app ${appId ?? state.id}`
      : `project ${project ?? projectId ?? state.id}`;
    return names.get(own) ?? own;
  };
}

function attributesOf({ urn, oldState, newState, detailedDiff }: RefreshStep): Attribute[] {
  const before = { ...oldState?.outputs, ...oldState?.inputs };
  const now = { ...newState?.inputs, ...newState?.outputs };
  const told = Object.keys(detailedDiff ?? {});
  const inputs = Object.keys({ ...oldState?.inputs, ...newState?.inputs }).filter(
    (key) => key !== "__defaults",
  );
  // A provider that tells no difference itself leaves the inputs to compare.
  const paths =
    told.length > 0
      ? told
      : inputs.filter(
          (key) => JSON.stringify(oldState?.inputs[key]) !== JSON.stringify(newState?.inputs[key]),
        );
  const credential = isVariable(urn) && [before, now].some(({ masked, hidden }) => masked || hidden);
  return paths.sort().map((name) => {
    const values = [at(before, name), at(now, name)];
    const [old = "", value = ""] = values.map(shown);
    const secret = values.some((one) => isSecret(name, one));
    if (!secret && !(credential && name === "value")) return { name, old, new: value };
    return { name, old: HIDDEN, new: "another one, not shown" };
  });
}

/** The value at a property path of the engine: `visibilityLevel`, `allowedToPushes[0].accessLevel`. */
export function at(properties: unknown, path: string): unknown {
  const parts = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)];
  return parts.reduce<unknown>((value, [, quoted, index, name]) => {
    const key = quoted ?? index ?? name ?? "";
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }, properties);
}

/** Whether a value is one that the state keeps secret, or by its name ought to be. */
function isSecret(name: string, value: unknown): boolean {
  const named = /token|password|secret/i.test(name) && typeof value === "string";
  return named || (value !== undefined && JSON.stringify(value).includes(`"${HIDDEN}"`));
}

const LONGEST = 120;

function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  const text = redact(typeof value === "string" ? value : (whoMay(value) ?? JSON.stringify(value)));
  if (text === "") return '""';
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}

/** The entries of "who may" in words: `developer, user 5`; undefined for what is no list of them. */
function whoMay(value: unknown): string | undefined {
  if (!Array.isArray(value) || !value.every((one) => typeof one === "object" && one !== null))
    return undefined;
  const entries = value as {
    accessLevel?: string;
    userId?: number;
    groupId?: number;
    deployKeyId?: number;
  }[];
  const words = entries.map(({ accessLevel, userId, groupId, deployKeyId }) => {
    if (userId) return `user ${userId}`;
    if (groupId) return `group ${groupId}`;
    return deployKeyId ? `deploy key ${deployKeyId}` : accessLevel;
  });
  return words.every((word) => word !== undefined) ? words.join(", ") || "nobody" : undefined;
}
