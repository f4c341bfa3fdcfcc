/** What a command that has to clean up knows of Ctrl-C. */
export interface Interruption {
  /** Whether this process was asked to end. */
  isInterrupted(): boolean;
  /** @throws when it was */
  check(): void;
}

/** Signals that ask a process to end. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Keeps this process alive when it is asked to end, so that it can clean up; `react` is called once, at the first
 * signal. npm passes on what the terminal has sent to this process already, so that the same one comes twice.
 */
export function watchInterruption(react: () => void): Interruption {
  let isInterrupted = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (isInterrupted) return;
      isInterrupted = true;
      react();
    });
  }
  return {
    isInterrupted: () => isInterrupted,
    check() {
      if (isInterrupted) throw new Error("Interrupted.");
    },
  };
}
