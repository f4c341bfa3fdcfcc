/** A command as the repository's are, for the tests of the contract. */
import {
  command,
  endsWith,
  exitCode,
  formatOption,
  outputOption,
  requireSubcommand,
  run,
  stackOption,
  writeReport,
} from "../src/index.ts";

const example = command({
  name: "example",
  summary: "What the tests of the contract run",
  ends: { [exitCode.attention]: "somebody has to look" },
});

example
  .command("look")
  .description("looks")
  .addOption(stackOption())
  .addOption(formatOption())
  .addOption(outputOption())
  .action(
    endsWith(async ({ stack, format, output }) => {
      process.stderr.write("looking\n");
      await writeReport((colour) => `${JSON.stringify({ stack, format, colour })}\n`, output);
      return stack === "weak" ? exitCode.attention : exitCode.done;
    }),
  );

example
  .command("fail")
  .description("fails")
  .action(
    endsWith(async () => {
      throw new Error("the token abc was refused");
    }),
  );

requireSubcommand(example);
await run(example, (message) => message.replace("abc", "***"));
