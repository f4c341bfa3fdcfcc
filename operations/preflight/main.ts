/** `npm run preflight`: whether the stack can come up, before anything of it is made. */
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

const preflight = command({
  name: "preflight",
  summary:
    "Asks GitLab, Heroku and this machine all that can be asked before `npx pulumi up`, and shows how to fix what is " +
    "in the way. Creates and changes nothing.",
  ends: { 0: "nothing is in the way; there may be warnings", 2: "problems, each with its fix" },
})
  .addOption(stackOption())
  .addOption(formatOption())
  .addOption(outputOption())
  .action(
    endsWith(async ({ stack, format, output }) => {
      const [{ openStack }, { examineStack }, { render }] = await Promise.all([
        import("../cli/stack.ts"),
        import("./examine-stack.ts"),
        import("./report.ts"),
      ]);
      const opened = await openStack(stack);
      const findings = await examineStack(opened);
      await writeReport((colour) => render(format, { stack: opened.name, findings }, colour), output);
      const isStopped = findings.some(({ outcome }) => outcome === "problem");
      return isStopped ? exitCode.attention : exitCode.done;
    }),
  );
await run(preflight, (error) => redact(messageOf(error)));
