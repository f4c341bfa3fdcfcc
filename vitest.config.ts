import { defineConfig } from "vitest/config";

const minute = 60_000;

/** One kind of test. Kinds run one after the other; only the light ones run several files at once. */
const kind = (name: string, groupOrder: number, testTimeout: number, fileParallelism: boolean) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: Math.max(testTimeout, minute),
    fileParallelism,
    sequence: { groupOrder },
  },
});

export default defineConfig({
  test: {
    projects: [
      kind("unit", 1, 20_000, true),
      kind("contract", 1, 20_000, true),
      kind("policy", 1, 20_000, true),
      kind("toolchain", 1, minute, true),
      kind("image", 2, 10 * minute, false),
      kind("integration", 3, 10 * minute, false),
      kind("pipeline", 4, 20 * minute, false),
    ],
    reporters: ["verbose", "./test/totals.ts"],
    slowTestThreshold: 10_000,
  },
});
