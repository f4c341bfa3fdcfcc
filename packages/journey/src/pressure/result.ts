/** One version and its way. Times are milliseconds since the start; undefined is: it did not come so far. */
export interface PressedVersion {
  readonly model: string;
  readonly version: string;
  readonly pushedAt: number;
  /** When the app said first that it serves it. */
  servedAt?: number;
  /** When the app did not say so any more. */
  vanishedAt?: number;
}

/** A pipeline of the server's project that has ended. */
export interface Delivery {
  readonly id: number;
  readonly status: string;
  readonly webUrl: string;
  /** What its commit brought: `NAME VERSION`, or nothing where it is another's commit. */
  readonly brought?: string;
  /** Whether it made a release of its own. */
  readonly isRelease: boolean;
  /** Whether the app served what it brought when it was first seen to have ended. */
  readonly wasServed: boolean;
}

/** What was seen while many models tagged. */
export interface Seen {
  readonly versions: readonly PressedVersion[];
  /** In the order of their numbers. */
  readonly deliveries: readonly Delivery[];
  /** What the slowest question to the app took, in milliseconds, and what was not answered with 200 or 404. */
  readonly slowestAnswer: number;
  readonly failedAnswers: readonly string[];
}

export interface PressureResult extends Seen {
  /** Versions in the order in which they came to the server's repository: `NAME VERSION`. */
  readonly commits: readonly string[];
  readonly seconds: number;
  /** What is not as it must be, in words; empty where nothing is. */
  readonly problems: readonly string[];
}
