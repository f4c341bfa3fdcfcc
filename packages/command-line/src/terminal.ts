/** The part of an output stream that is looked at here. */
interface Output {
  readonly isTTY?: boolean | undefined;
}

/**
 * Whether colour and symbols may be written to a stream: on a terminal only, and never where `NO_COLOR` is set to
 * anything (https://no-color.org).
 */
export function isDecorated(stream: Output, env: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && !env.NO_COLOR;
}

/** Options for listr2's `Listr`: its lively list where that is right, else one plain line for each event. */
export const plainSteps = {
  fallbackRenderer: "simple",
  fallbackRendererCondition: () => !isDecorated(process.stdout),
  fallbackRendererOptions: {
    icon: { STARTED: "start:", COMPLETED: "done: ", FAILED: "fail: ", OUTPUT: "      " },
  },
} as const;
