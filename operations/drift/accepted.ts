/** Findings that somebody looked at and that are meant to be, by setting `driftAccepted`. */
import { z } from "zod";
import { type Called, called } from "../../lib/kinds/called.ts";
import { readStack } from "../cli/read-stack.ts";

/** What the setting says of a finding: `member ana of my-group/mlserver: is maintainer: ...`. */
export function acceptedWords(found: Called & { readonly effect: string }): string {
  return `${called(found)}: ${found.effect}`;
}

/** Findings without those that are accepted as they are: what changes afterwards is told again. */
export function withoutAccepted<T extends Called & { readonly effect: string }>(
  found: readonly T[],
  accepted: readonly string[],
): { left: T[]; note: string | undefined } {
  const left = found.filter((one) => !accepted.includes(acceptedWords(one)));
  const gone = found.length - left.length;
  return { left, note: gone > 0 ? `accepted by setting driftAccepted, not told: ${gone}` : undefined };
}

const config = z.record(z.string(), z.looseObject({ value: z.string().optional() }));

/** What the setting of a stack accepts. @throws when it is no list of texts */
export async function acceptedBy(stack: string): Promise<readonly string[]> {
  const settings = config.parse(JSON.parse(await readStack(stack, "config", "--json")));
  const key = Object.keys(settings).find((name) => name.endsWith(":driftAccepted"));
  const value = key && settings[key]?.value;
  if (!value) return [];
  const list = z.array(z.string()).safeParse(JSON.parse(value));
  if (list.success) return list.data;
  throw new Error("setting driftAccepted must be a list of texts, such as those that drift prints");
}
