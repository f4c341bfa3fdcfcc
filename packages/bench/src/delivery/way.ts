import type { Stage } from "./stages.ts";

/** The two jobs that a tag goes through. */
export type JobName = "train" | "deploy";

/** A stage of a job that ends when a text shows in the job's log. */
export interface Mark {
  readonly stage: Stage;
  readonly job: JobName;
  readonly text: string;
}

/** Whether caches may help: the first tag of a project, or a later one. */
export type Warmth = "cold" | "warm";

/** A set of projects that takes a tag to an endpoint. */
export interface Way {
  readonly side: "chapter" | "ours";
  /** Paths of the projects, with their namespace. */
  readonly model: string;
  readonly server: string;
  /** Address of the app, with a slash at the end. */
  readonly appUrl: string;
  readonly marks: readonly Mark[];
  /** Brings the caches into the state that the next tag is to meet. */
  prepare(warmth: Warmth): Promise<void>;
}
