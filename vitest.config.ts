import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

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

export default defineConfig({
  test: {
    projects: [
      kind("unit", 1, 20_000, cores),
      kind("contract", 1, 20_000, cores),
      kind("policy", 1, 20_000, cores),
      kind("toolchain", 1, minute, cores),
      // What these measure and load is the machine's: alone.
      kind("image", 2, 10 * minute, 1),
      // Each file has a sandbox of its own, and waits more than it works. The longest come first.
      kind("pipeline", 3, 20 * minute, 2),
      kind("integration", 3, 10 * minute, 2),
    ],
    reporters: ["verbose", "./test/totals.ts"],
    slowTestThreshold: 10_000,
  },
});
