/** A command as the repository's are, for the tests of the contract. */
import { setImmediate } from "node:timers/promises";
import {
  command,
  endsWith,
  exitCode,
  formatOption,
  messageOf,
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

example
  .command("talk")
  .description("writes much")
  .action(
    endsWith(async () => {
      for (let line = 0; line < 1000; line++) {
        process.stdout.write(`${"much ".repeat(1000)}\n`);
        await setImmediate();
      }
      return exitCode.attention;
    }),
  );

requireSubcommand(example);
await run(example, (error) => messageOf(error).replace("abc", "***"));
