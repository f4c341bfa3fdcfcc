/** `npm run demo`, the main job of the README. */
import { command, endsWith, run } from "@tag-to-endpoint/command-line";

const demo = command({
  name: "demo",
  summary: "Goes from nothing to a live prediction on this machine, then shows the protection rules at work.",
  ends: { 1: "a step failed; what is up stays up for a look" },
})
  .option("--keep", "leave everything up at the end")
  .action(
    endsWith(async ({ keep = false }) => {
      const { runDemo } = await import("./run-demo.ts");
      return runDemo({ keep });
    }),
  );
await run(demo);
