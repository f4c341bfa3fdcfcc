/** `npm run likeness`: how like the real services the sandbox is, as a number. */
import {
  command,
  endsWith,
  exitCode,
  formatOption,
  Option,
  outputOption,
  run,
  writeReport,
} from "@tag-to-endpoint/command-line";

const likeness = command({
  name: "likeness",
  summary:
    "Compares what the sandbox takes and answers, and what tests saw of it, with the services' own descriptions.",
  ends: {
    0: "no difference, or none without a reason",
    2: "a difference without a reason, or a reason too many",
  },
})
  .addOption(new Option("--contracts <folder>", "where the services' descriptions are"))
  .addOption(new Option("--records <folder>", "what tests recorded (default: .cache/likeness)"))
  .addOption(formatOption())
  .addOption(outputOption())
  .action(
    endsWith(async ({ contracts: folder, records, format, output }) => {
      const [{ contracts }, { readOfficial }, { readRecords, recordsFolder }, { knownDifferences }] =
        await Promise.all([
          import("../contracts/contracts.ts"),
          import("./official/read.ts"),
          import("./record.ts"),
          import("./known-differences.ts"),
        ]);
      const { score } = await import("./score.ts");
      const { render } = await import("./report.ts");
      const official = folder === undefined ? undefined : readOfficial(folder);
      const result = score(contracts, readRecords(records ?? recordsFolder), official, knownDifferences);
      await writeReport(() => render(format, result), output);
      const isFine = result.unexplained.length === 0 && result.unused.length === 0;
      return isFine ? exitCode.done : exitCode.attention;
    }),
  );
await run(likeness);
