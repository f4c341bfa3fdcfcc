/** `npm run status`: what of the stack answers, and how long its credentials live. */
import {
  command,
  endsWith,
  exitCode,
  formatOption,
  outputOption,
  run,
  stackOption,
  writeReport,
} from "@tag-to-endpoint/command-line";

const status = command({
  name: "status",
  summary: "Shows the stack's addresses, which models answer, and how many days each credential has left.",
  ends: { 0: "all well", 2: "a model does not answer, or a credential is missing or near its end" },
})
  .addOption(stackOption())
  .addOption(formatOption())
  .addOption(outputOption())
  .action(
    endsWith(async ({ stack, format, output }) => {
      const [{ openStack }, { readStatus, warningsOf }, { render }] = await Promise.all([
        import("../cli/stack.ts"),
        import("./status.ts"),
        import("./report.ts"),
      ]);
      const found = await readStatus(await openStack(stack));
      const warnings = warningsOf(found);
      await writeReport(() => render(format, found, warnings), output);
      return warnings.length > 0 ? exitCode.attention : exitCode.done;
    }),
  );
await run(status);
