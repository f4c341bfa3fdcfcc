/** `npm run posture`: the stack held against two benchmarks and rules of its own. It reads and changes nothing. */
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

const posture = command({
  name: "posture",
  summary:
    "Holds the stack against the CIS GitLab Benchmark, legitify's rules for projects, and rules of its own. Reads and " +
    "changes nothing.",
  ends: { 0: "every failure is left for a reason", 2: "failures that can be mended" },
})
  .addOption(stackOption())
  .addOption(formatOption())
  .addOption(outputOption())
  .action(
    endsWith(async ({ stack, format, output }) => {
      const [{ openStack }, { askServices }, { rules }, { postureOf }, { render }] = await Promise.all([
        import("../cli/stack.ts"),
        import("./ask.ts"),
        import("./rules.ts"),
        import("./posture.ts"),
        import("./report.ts"),
      ]);
      const opened = await openStack(stack);
      const found = postureOf(opened.name, rules, await askServices(await opened.config()));
      await writeReport(() => render(format, found), output);
      return found.toMend > 0 ? exitCode.attention : exitCode.done;
    }),
  );
await run(posture, (error) => redact(messageOf(error)));
