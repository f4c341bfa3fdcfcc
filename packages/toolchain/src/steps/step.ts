/** What a command works with: stacks alone, wherever they are, or also the sandbox on this machine. */
export const purposes = ["stack", "sandbox"] as const;
export type Purpose = (typeof purposes)[number];

/** One thing that set-up finds or gets. */
export interface SetUpStep {
  /** Who needs it; what a stack needs is needed by a stack in the sandbox, too. */
  neededFor: Purpose;
  /** What it is, as shown to the user. */
  title: string;
  /** How long getting it usually takes, in words. */
  expected: string;
  /** Whether it is already there and usable; must be quick and change nothing. */
  isPresent(): Promise<boolean>;
  /** Gets it and returns in words how; throws an error for the user when it cannot be had. */
  make(progress: (line: string) => void): Promise<string>;
}
