import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const minute = 60_000;
const cores = availableParallelism();

/** One kind of test. Groups of them run one after the other; `maxWorkers` files of a group run at once. */
const kind = (name: string, groupOrder: number, testTimeout: number, maxWorkers: number) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: Math.max(testTimeout, minute),
    maxWorkers,
    sequence: { groupOrder },
  },
});

/** Pipelines take longest: first in their group, so that at its end no worker is idle for long. */
class PipelinesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ project }: TestSpecification) =>
      project.config.sequence.groupOrder - (project.name === "pipeline" ? 0.5 : 0);
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    projects: [
      kind("unit", 1, 20_000, cores),
      kind("contract", 1, 20_000, cores),
      kind("policy", 1, 20_000, cores),
      kind("toolchain", 1, minute, cores),
      // What these measure and load is the machine's: alone.
      kind("image", 2, 10 * minute, 1),
      // Each file has a sandbox of its own, and waits more than it works.
      kind("integration", 3, 10 * minute, 2),
      kind("pipeline", 3, 20 * minute, 2),
    ],
    sequence: { sequencer: PipelinesFirst },
    reporters: ["verbose", "./test/totals.ts"],
    slowTestThreshold: 10_000,
  },
});
