/** `npm run soak`: whether a stack and its sandbox stay as they are under steady work. */
import { command, endsWith, InvalidArgumentError, Option, run } from "@tag-to-endpoint/command-line";

const soak = command({
  name: "soak",
  summary: "Tags, rotations, changes of settings and drift, over and over on one throwaway stack.",
  ends: { 1: "an operation failed, or memory or open files grow" },
})
  .addOption(
    new Option("--minutes <n>", "how long; a round that has begun is finished")
      .argParser(minutesIn)
      .default(60),
  )
  .action(
    endsWith(async ({ minutes }) => {
      const { soakFor } = await import("./soak.ts");
      return soakFor(minutes);
    }),
  );
await run(soak);

function minutesIn(given: string): number {
  if (/^\d+(\.\d+)?$/.test(given) && Number(given) > 0) return Number(given);
  throw new InvalidArgumentError("Allowed is a number of minutes above 0.");
}
