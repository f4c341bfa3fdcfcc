import type { Environment } from "@tag-to-endpoint/journey";
import { throwawayStack } from "@tag-to-endpoint/throwaway";
import type { Run } from "../run.ts";

/** A sandbox of this run's own, and a stack in it that is not up yet. Both go with the run. */
export async function startStack(run: Run): Promise<Environment> {
  const { environment, remove } = await throwawayStack({
    onProgress: (text) => run.say(`sandbox: ${text}`),
  });
  run.atEnd(remove);
  return environment;
}
