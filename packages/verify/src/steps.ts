import { messageOf, plainSteps } from "@tag-to-endpoint/command-line";
import { Listr, type ListrTask, PRESET_TIMER } from "listr2";

export interface StepOutcome {
  readonly title: string;
  readonly seconds: number;
  /** Why it failed. Stays on this machine: it may quote an answer. */
  readonly failed?: string;
}

/** Takes the steps. One that fails ends the journey, and is in the outcome. */
export async function showSteps<Context>(
  steps: ListrTask<Context>[],
  outcomes: StepOutcome[],
): Promise<void> {
  const timed = steps.map((one) => ({ ...one, task: noted(one, outcomes) }));
  await new Listr<Context>(timed, {
    ...plainSteps,
    exitOnError: true,
    // Ctrl-C ends a step, not the run: the removal comes yet.
    registerSignalListeners: false,
    rendererOptions: { timer: PRESET_TIMER, collapseErrors: false },
    fallbackRendererOptions: { ...plainSteps.fallbackRendererOptions, timer: PRESET_TIMER },
  })
    .run()
    .catch(() => undefined); // it is in the outcome, and on the screen
}

function noted<C>({ title, task }: ListrTask<C>, outcomes: StepOutcome[]): ListrTask<C>["task"] {
  return async (...args) => {
    const started = Date.now();
    const note = (failed?: string) => {
      const seconds = Math.round((Date.now() - started) / 1000);
      outcomes.push({ title: String(title), seconds, ...(failed !== undefined && { failed }) });
    };
    try {
      const result = await task(...args);
      note();
      return result;
    } catch (error) {
      note(messageOf(error));
      throw error;
    }
  };
}

/** Whether all steps came to a good end. */
export const areWell = (outcomes: readonly StepOutcome[]) =>
  outcomes.every(({ failed }) => failed === undefined);
