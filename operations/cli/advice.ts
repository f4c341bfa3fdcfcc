/** What a person is told after a command that failed midway: providers name what went wrong, and never what to do. */
import { lookUnfinished } from "../repair/quick.ts";
import { stateFolder } from "../repair/state-folder.ts";
import type { Launch } from "./launch.ts";
import type { Exit } from "./run-in-terminal.ts";

/** Says how to go on, where the command began to change something. */
export function adviseAfter(command: string, { code }: Exit, { stack, env }: Launch): void {
  // A state that is kept elsewhere does not tell without a call whether anything was begun.
  const isBegun = stateFolder(stack, env) === undefined || lookUnfinished(stack, env);
  if (code === 0 || !isBegun) return;
  process.stderr.write(
    `npx pulumi ${command} did not succeed. Where an error above names something to put right, do that; ` +
      "then run the same command again: it goes on from here.\n",
  );
}
