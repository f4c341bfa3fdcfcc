/** The stages of the way from a tag to an answer, and how long each took. */

/** In their order; each ends where the next one begins. */
export const stages = [
  "push to start of the job",
  "the job's image and checkout",
  "packages",
  "notebook",
  "commit to the server's repository",
  "start of the deploy job",
  "its image and checkout",
  "image built",
  "image tried",
  "image pushed",
  "release, boot, first right answer",
] as const;

export type Stage = (typeof stages)[number];

/** When a stage ended, in milliseconds of one clock; none where a pipeline has no such stage. */
export type Ends = Partial<Record<Stage, number>>;

/** Seconds of each stage, and of all of them. */
export interface Breakdown {
  readonly stages: Readonly<Record<Stage, number>>;
  readonly total: number;
}

/**
 * Seconds from one end to the next. What one watches from outside is seen late by some milliseconds: an end that seems to
 * lie before the one of an earlier stage is taken for the same moment, so that the stages always sum up to the whole.
 * @throws where the last stage has no end
 */
export function breakdown(pushed: number, ends: Ends): Breakdown {
  const last = ends[stages[stages.length - 1] as Stage];
  if (last === undefined) throw new Error("the way has no end: no right answer was seen");
  let before = pushed;
  const seconds = stages.map((stage): [Stage, number] => {
    const end = Math.min(Math.max(ends[stage] ?? before, before), last);
    const length = (end - before) / 1000;
    before = end;
    return [stage, length];
  });
  return { stages: Object.fromEntries(seconds) as Record<Stage, number>, total: (last - pushed) / 1000 };
}
