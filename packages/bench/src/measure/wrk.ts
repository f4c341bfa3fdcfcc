/** What wrk with client/infer.lua measured. */
export interface Load {
  requestsPerSecond: number;
  /** Milliseconds. */
  p50: number;
  /** Milliseconds. */
  p99: number;
}

/**
 * Reads the report of a run of some duration. Throws when there is none, when nothing was answered, or when any
 * answer was missing or no success: such figures compare nothing.
 */
export function parseLoad(output: string): Load {
  const names = [
    "requests",
    "duration",
    "p50",
    "p99",
    "status",
    "connect",
    "read",
    "write",
    "timeout",
  ] as const;
  const report = lastLine(output, names);
  const { status, connect, read, write, timeout } = report;
  if (status + connect + read + write + timeout > 0) {
    throw new Error(
      `of ${report.requests} answers ${status} were no success; ` +
        `socket errors: connect ${connect}, read ${read}, write ${write}, time-out ${timeout}`,
    );
  }
  if (report.requests === 0 || report.duration === 0) throw new Error("wrk got no answer at all");
  return {
    requestsPerSecond: report.requests / (report.duration / 1e6),
    p50: report.p50 / 1000,
    p99: report.p99 / 1000,
  };
}

/** Reads the report of a run of a number of requests. Throws unless all were answered, each as expected. */
export function parseChecked(output: string, wanted: number): void {
  const { requests } = lastLine(output, ["requests"] as const);
  if (requests < wanted) throw new Error(`only ${requests} of ${wanted} requests were answered in time`);
  const { wrong } = lastLine(output, ["wrong"] as const);
  if (wrong > 0) throw new Error(`of ${requests} answers ${wrong} were not the expected one`);
}

function lastLine<Name extends string>(output: string, names: readonly Name[]): Record<Name, number> {
  const line = output.trim().split("\n").at(-1) ?? "";
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new Error(`wrk's last line is not the JSON object of infer.lua but: ${line}`, { cause });
  }
  const fields = value as Record<string, unknown>;
  for (const name of names) {
    if (typeof fields?.[name] !== "number") throw new Error(`wrk's report has no number ${name}: ${line}`);
  }
  return value as Record<Name, number>;
}
