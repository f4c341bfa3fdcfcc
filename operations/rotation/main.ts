/** `npm run rotate`: replaces the pipelines' credentials. */
import {
  command,
  endsWith,
  exitCode,
  InvalidArgumentError,
  Option,
  run,
  stackOption,
} from "@tag-to-endpoint/command-line";

const rotate = command({
  name: "rotate",
  summary: "Replaces the credentials of the pipelines: old ones are revoked when the new ones are in use.",
  ends: { 0: "only the new credentials are valid", 1: "failed; it says what is valid now and how to go on" },
})
  .addOption(stackOption())
  .addOption(
    new Option("--only <issuer>", "credentials of one service (default: both)").choices([
      "gitlab",
      "heroku",
    ] as const),
  )
  .addOption(
    new Option("--wait-minutes <n>", "how long to wait for pipelines that may hold an old credential")
      .default(60)
      .argParser(minutes),
  )
  .action(
    endsWith(async ({ stack, only, waitMinutes }) => {
      const [{ openStack }, rotation] = await Promise.all([
        import("../cli/stack.ts"),
        import("./rotation.ts"),
      ]);
      await rotation.rotate(await openStack(stack), {
        issuers: only === undefined ? rotation.issuers : [only],
        waitMinutes,
        settleSeconds: 20,
        pollSeconds: 3,
        say: (line) => process.stdout.write(`${line}\n`),
      });
      return exitCode.done;
    }),
  );
await run(rotate);

function minutes(given: string): number {
  const value = Number(given);
  if (given.trim() !== "" && value >= 0) return value;
  throw new InvalidArgumentError("Allowed is a number of minutes, 0 or more.");
}
