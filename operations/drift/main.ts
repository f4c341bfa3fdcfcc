/** `npm run drift`: what was changed in GitLab and Heroku outside the stack. It changes nothing, not even the state. */
import {
  command,
  endsWith,
  exitCode,
  formatOption,
  messageOf,
  outputOption,
  run,
  stackOption,
  writeReport,
} from "@tag-to-endpoint/command-line";
import { redact } from "../../lib/credentials/patterns.ts";

const drift = command({
  name: "drift",
  summary: "Shows what was changed in GitLab and Heroku outside the stack, and how to put it back.",
  ends: { 0: "no drift", 1: "it could not be found out", 2: "drift" },
})
  .addOption(stackOption())
  .addOption(formatOption())
  .addOption(outputOption())
  .action(
    endsWith(async ({ stack, format, output }) => {
      const [{ stackName }, { compareStack }, { hasDrift, render }] = await Promise.all([
        import("../cli/run-pulumi.ts"),
        import("./compare.ts"),
        import("./report.ts"),
      ]);
      const report = await compareStack(await stackName(stack));
      await writeReport(() => render(report, format), output);
      return hasDrift(report) ? exitCode.attention : exitCode.done;
    }),
  );
await run(drift, (error) => redact(messageOf(error)));
