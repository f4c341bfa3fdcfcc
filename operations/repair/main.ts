/** `npm run repair`: brings a stack's state together again with what there is. */
import { command, endsWith, exitCode, run, stackOption } from "@tag-to-endpoint/command-line";

const program = command({
  name: "repair",
  summary:
    "Brings the stack's state together again with what there is, after a command that was interrupted or got no answer. " +
    "`npx pulumi up`, `destroy` and `refresh` do the same by themselves where an update did not end well.",
  ends: {
    0: "repaired, or nothing to repair",
    1: "failed, or a Pulumi that may still run works on the stack; nothing was done then",
  },
})
  .addOption(stackOption())
  .action(
    endsWith(async ({ stack }) => {
      const [{ stackName }, { repairStack }] = await Promise.all([
        import("../cli/run-pulumi.ts"),
        import("./repair.ts"),
      ]);
      const done = await repairStack(await stackName(stack), (line) => process.stdout.write(`${line}\n`));
      if (done === 0) process.stdout.write("Nothing to repair.\n");
      return exitCode.done;
    }),
  );
await run(program);
