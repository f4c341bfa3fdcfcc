/** A rotation works on a stack alone, and from a state that says what there is. */
import { setTimeout as sleep } from "node:timers/promises";
import { readUnfinished } from "../../lib/consent/unfinished.ts";
import { root } from "../../lib/repository.ts";
import { readVariables } from "../cli/launch.ts";
import { shortName } from "../cli/pulumi-words.ts";
import { lookUnfinished, mendState } from "../repair/quick.ts";

export interface Patience {
  readonly waitMinutes: number;
  readonly pollSeconds: number;
  say(line: string): void;
}

/**
 * Waits while another Pulumi works on the stack, such as an update of somebody else or one whose rotation was killed. The
 * lock of one that is gone is taken away.
 * @throws where it still works when the time is up
 */
export async function otherUpdatesEnd(
  stack: string,
  { waitMinutes, pollSeconds, say }: Patience,
  locks = () => mendState(stack, environmentOf(stack)).live,
): Promise<void> {
  const deadline = Date.now() + waitMinutes * 60_000;
  for (let told = ""; ; await sleep(pollSeconds * 1000)) {
    const live = locks().join("; ");
    if (live === "") return;
    if (live !== told) say(`Another Pulumi works on the stack; waiting for its end: ${live}`);
    told = live;
    if (Date.now() > deadline)
      throw new Error(
        `Another Pulumi still works on the stack after ${waitMinutes} minutes: ${live}\n` +
          "Nothing was changed by this rotation meanwhile. When it has ended: npm run rotate. If it is not at work " +
          "any more, wherever it was: npx pulumi cancel",
      );
  }
}

/** Brings state and services together after an update that did not end well. */
export async function repairRest(stack: string, say: (line: string) => void): Promise<void> {
  const isUnfinished = lookUnfinished(stack, environmentOf(stack)) || readUnfinished(root, shortName(stack));
  if (!isUnfinished) return;
  const { repair } = await import("../repair/repair.ts");
  await repair(stack, (line) => say(`Repair: ${line}.`));
}

const environmentOf = (stack: string) => ({ ...readVariables(root, stack), ...process.env });
