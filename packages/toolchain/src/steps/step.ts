/** One thing that set-up finds or gets. */
export interface SetUpStep {
  /** What it is, as shown to the user. */
  title: string;
  /** How long getting it usually takes, in words. */
  expected: string;
  /** Whether it is already there and usable; must be quick and change nothing. */
  isPresent(): Promise<boolean>;
  /** Gets it and returns in words how; throws an error for the user when it cannot be had. */
  make(progress: (line: string) => void): Promise<string>;
}
