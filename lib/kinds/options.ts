/**
 * Options of resources, which no input shows: what Pulumi's state has of a resource beside its inputs and outputs.
 * https://www.pulumi.com/docs/iac/concepts/options/
 */
import { types } from "../pulumi/types.ts";
import { nameIn, typeOf } from "../pulumi/urn.ts";
import { isProperties, shown, type Value } from "../pulumi/values.ts";
import { type Comparer, forAPerson, unclear, type Verdict } from "./comparers.ts";
import { type Attribute, attributeOf, harmless, type Kind } from "./kind.ts";

/** What the path of an option begins with, in the changes of a resource. */
export const optionPrefix = "option:";

/** What a move to another provider is called. */
export const providerLabel = "provider";

const texts = (value: Value | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);

/** What is in one list and not in another. */
const beyond = (some: Value | undefined, others: Value | undefined) =>
  texts(some).filter((one) => !texts(others).includes(one));

const bare = (path: string) => path.replace(/\[.*$/, "");

/** What the stack no longer sets stays as somebody makes it; of what is harmless that is harmless, too. */
const ignored =
  (kind: Kind): Comparer =>
  (before, after) => {
    const told = unclear(before, after);
    if (![before, after].every((one) => one === undefined || one === null || Array.isArray(one))) return told;
    const added = beyond(after, before);
    const reasons = added.map((path) => kind.ignores?.[path] ?? attributeOf(kind, bare(path)).harmless);
    if (reasons.every((reason) => reason !== undefined))
      return {
        ...told,
        rank: "neutral",
        reason: reasons[0] ?? "what the stack then sets again is told by itself",
      };
    return { ...told, rank: "weaker", note: "what somebody changes there stays, and no update puts it back" };
  };

/** Outputs that the state keeps secret beside those that the provider does. */
const secretOutputs: Comparer = (before, after) => {
  const gone = beyond(before, after);
  if (gone.length > 0)
    return {
      rank: "weaker",
      before: shown(before),
      after: shown(after),
      note: "in plain text in the stack's state",
    };
  return { ...unclear(before, after), rank: "stronger" };
};

const lock: Comparer = (before, after) => ({
  before: String(before === true),
  after: String(after === true),
  rank: after === true ? "stronger" : "weaker",
});

/** Rules that a resource is made after, so that they guard it from the start. */
const afterRules: Comparer = (before, after) => {
  const rules = beyond(before, after).filter((urn) =>
    [types.gitlab.tagProtection, types.gitlab.branchProtection].includes(typeOf(urn) as never),
  );
  const names = rules.map((urn) => nameIn(urn)).sort();
  return rules.length > 0
    ? { rank: "unclear", note: `no longer made after the rules ${names.join(", ")}` }
    : { rank: "neutral", reason: orderReason };
};
const orderReason = "the order in which resources are made; that of rules is told";

/** Hooks by what they are called for. */
const hooks: Comparer = (before, after) => {
  const named = (value: Value | undefined) =>
    isProperties(value)
      ? Object.entries(value).flatMap(([at, list]) => texts(list).map((one) => `${at} ${one}`))
      : [];
  const gone = beyond(named(before), named(after));
  const verdict: Verdict = { rank: "neutral", reason: "a hook is a part of the program, which runs anyway" };
  return gone.length > 0 ? { rank: "unclear", note: `no longer called: ${gone.join(", ")}` } : verdict;
};

const place = (value: Value | undefined) =>
  typeof value === "string" ? `${typeOf(value).split(":").at(-1)} ${nameIn(value)}` : shown(value);

const takenOver: Comparer = (before, after) => ({
  rank: "unclear",
  before: place(before),
  after: place(after),
  note: "takes over what the other was",
});

const options = (kind: Kind): Readonly<Record<string, Attribute>> => ({
  protect: { label: "lock against deletion by Pulumi (protect)", compare: lock },
  ignoreChanges: { label: "left as it is (ignoreChanges)", compare: ignored(kind) },
  retainOnDelete: {
    label: "left behind at its deletion (retainOnDelete)",
    compare: (before, after) =>
      kind.givesSecret && after === true
        ? {
            rank: "weaker",
            before: shown(before),
            after: shown(after),
            note: "the credential outlives the stack",
          }
        : unclear(before, after),
    absent: false,
  },
  deletedWith: {
    label: "taken for gone with another (deletedWith)",
    compare: (before, after) => ({ rank: "unclear", before: place(before), after: place(after) }),
  },
  aliases: {
    label: "other names (aliases)",
    compare: (before, after) => ({
      rank: "unclear",
      before: texts(before).map(place).join(", ") || "none",
      after: texts(after).map(place).join(", ") || "none",
    }),
  },
  urn: { label: "its name in the stack", compare: takenOver },
  provider: {
    label: providerLabel,
    compare: forAPerson("another service or account gets it, with its values"),
  },
  additionalSecretOutputs: { label: "secret outputs (additionalSecretOutputs)", compare: secretOutputs },
  resourceHooks: { label: "hooks", compare: hooks },
  dependencies: { label: "order", compare: afterRules },
  hideDiff: { label: "hidden in previews (hideDiff)", compare: unclear },
  ...harmlessOptions,
});

/** Options that no change can weaken anything by. */
export const harmlessOptions: Readonly<Record<string, Attribute>> = {
  customTimeouts: harmless("timeouts", "how long Pulumi waits"),
  replaceOnChanges: harmless(
    "replaceOnChanges",
    "a replacement is told when it comes, and what is open meanwhile",
  ),
  replacementTrigger: harmless("replacementTrigger", "the replacement itself is told"),
  refreshBeforeUpdate: harmless("refreshBeforeUpdate", "whether Pulumi looks at it before an update"),
};

/** What a state has that is no option, each with the reason why a change of it is told elsewhere or is none. */
export const noOptions: Readonly<Record<string, string>> = {
  created: "a date",
  custom: "a component is no more than its parts",
  delete: "told as what is done",
  id: "the service's",
  initErrors: "what went wrong in an earlier update",
  importID: "told as what is done",
  inputs: "told as attributes",
  modified: "a date",
  outputs: "the service's, or made of inputs",
  parent: "a part of its name in the stack",
  pendingReplacement: "told as what is done",
  propertyDependencies: "what values are made of; told with the values",
  sourcePosition: "where the program declares it",
  stackTrace: "where the program declares it",
  taint: "told as what is done",
  type: "a part of its name in the stack",
};

/** How an option is judged and called. One that nobody knows is for a person to look at. */
export function optionOf(kind: Kind, name: string): Attribute {
  const known = options(kind);
  return Object.hasOwn(known, name)
    ? (known[name] as Attribute)
    : { label: `option ${name}`, compare: unclear };
}
