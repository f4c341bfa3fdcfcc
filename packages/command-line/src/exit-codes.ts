/** What every command ends with. */
export const exitCode = {
  /** Done, and nothing needs a person. */
  done: 0,
  /** Not done; standard error says why. */
  failed: 1,
  /** Done, and something needs a person: a rule gets weaker, drift, a warning. */
  attention: 2,
  /** The command line makes no sense (`EX_USAGE` of sysexits.h). */
  usage: 64,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];
