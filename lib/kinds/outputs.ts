/** Outputs of the stack: the program's answers to whoever may read the stack. */
import { hasCredential, mayHoldCredential } from "../credentials/patterns.ts";
import { equal, hasSecret, type Properties, shown, type Value } from "../pulumi/values.ts";
import type { Verdict } from "./comparers.ts";

/** Outputs that hold nothing that opens anything, each with the reason; other ones are for a person to look at. */
export const plainOutputs: Readonly<Record<string, string>> = {
  appUrl: "the address that everybody asks the models at",
  credentialAddresses:
    "where credentials are sent, none of them itself; another address is asked about before anything is sent",
  modelProjectUrls: "addresses of pages that GitLab shows to those who may see them",
  predictionUrls: "addresses that everybody asks the models at",
  runtimeImage: "the name of an image; who may pull it is the registry's to say",
  serverProjectUrl: "the address of a page that GitLab shows to those who may see it",
  trainingImage: "the name of an image; who may pull it is the registry's to say",
};

/** What changes of an output means; undefined where it is harmless. */
export function outputVerdict(
  name: string,
  before: Value | undefined,
  after: Value | undefined,
): Verdict | undefined {
  if (after === undefined || equal(before, after)) return undefined;
  if (hasSecret(before) && !hasSecret(after))
    return isEmpty(after)
      ? undefined
      : { rank: "weaker", note: "no longer a secret: whoever reads the stack sees it" };
  if (hasSecret(after) || isEmpty(after)) return undefined;
  const text = JSON.stringify(after);
  const isKnown = Object.hasOwn(plainOutputs, name);
  const isCredential = hasCredential(text) || (!isKnown && mayHoldCredential(name));
  if (isCredential) return { rank: "weaker", note: "looks like a credential, and is in plain text" };
  if (isKnown) return undefined;
  return before === undefined
    ? { rank: "unclear", note: "new, and in plain text" }
    : { rank: "unclear", before: shown(before), after: shown(after) };
}

const isEmpty = (value: Value) => Array.isArray(value) && value.length === 0;

/** Outputs before and after. */
export interface Outputs {
  readonly before: Properties;
  readonly after: Properties;
}
