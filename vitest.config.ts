import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const minute = 60_000;
const cores = availableParallelism();

interface Kind {
  readonly include?: string[];
  readonly groupOrder: number;
  readonly testTimeout: number;
  readonly maxWorkers: number;
  readonly globalSetup?: string;
}

/** One kind of test. Groups of them run one after the other; `maxWorkers` files of a group run at once. */
const kind = (name: string, { groupOrder, testTimeout, ...given }: Kind) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: Math.max(testTimeout, minute),
    ...given,
    sequence: { groupOrder },
  },
});

/** Neither docker nor set-up is needed for these, but for `toolchain`, which needs the Pulumi CLI. */
const quick = { groupOrder: 1, testTimeout: 20_000, maxWorkers: cores };
/** These import the program, and with it the local SDKs. */
const ofTheProgram = { ...quick, globalSetup: "test/support/local-sdks.ts" };
/** Each file has a sandbox of its own, and waits more than it works. */
const withSandbox = { groupOrder: 3, testTimeout: 10 * minute, maxWorkers: 2 };

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
      kind("unit", ofTheProgram),
      kind("contract", ofTheProgram),
      kind("policy", ofTheProgram),
      kind("bench", { ...quick, include: ["packages/bench/test/**/*.test.ts"] }),
      kind("command-line", { ...quick, include: ["packages/command-line/test/**/*.test.ts"] }),
      kind("journey", { ...quick, include: ["packages/journey/test/**/*.test.ts"] }),
      kind("sdks", { ...quick, include: ["packages/sdks/test/**/*.test.ts"] }),
      kind("throwaway", { ...quick, include: ["packages/throwaway/test/**/*.test.ts"] }),
      kind("toolchain", { ...quick, include: ["packages/toolchain/test/**/*.test.ts"], testTimeout: minute }),
      kind("verify", { ...quick, include: ["packages/verify/test/**/*.test.ts"] }),
      // What these measure and load is the machine's: alone.
      kind("image", { groupOrder: 2, testTimeout: 10 * minute, maxWorkers: 1 }),
      kind("sandbox", { ...withSandbox, include: ["packages/sandbox/test/**/*.test.ts"] }),
      kind("integration", withSandbox),
      kind("pipeline", { ...withSandbox, testTimeout: 20 * minute }),
    ],
    globalSetup: "test/support/likeness.ts",
    sequence: { sequencer: PipelinesFirst },
    reporters: ["verbose", "./test/support/totals.ts"],
    slowTestThreshold: 10_000,
  },
});
