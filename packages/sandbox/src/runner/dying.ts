import type { JobFault } from "../core/faults/rules.ts";
import type { Trace } from "./trace.ts";

/** What ends a job whose runner is to die in the middle of it, as the reason of a signal. */
export const DIED = "died";

/** The job's log, watched for the moment at which its runner is to die. */
export interface WatchedTrace {
  readonly trace: Trace;
  /** Fires at that moment, with the reason `DIED`. */
  readonly signal: AbortSignal;
}

/** Watches for the line that the fault names, or else for the first command of the job's script. */
export function watchForDeath(trace: Trace, { line }: JobFault): WatchedTrace {
  const death = new AbortController();
  const see = (text: string) => {
    if (line === undefined || text.includes(line)) death.abort(DIED);
  };
  return {
    signal: death.signal,
    trace: {
      ...trace,
      line(text) {
        trace.line(text);
        if (line !== undefined) see(text);
      },
      command(text) {
        trace.command(text);
        see(text);
      },
    },
  };
}
