/** `npm test`: types and style, then every kind of test. */
import { command, endsWith, run } from "@tag-to-endpoint/command-line";
import { checks, runTools } from "./support/tools.ts";

const test = command({
  name: "test",
  start: "npm test --",
  summary: "Checks types and style, then runs every kind of test: about 20 minutes.",
  ends: { 0: "everything passed" },
})
  .argument("[vitest...]", "arguments for vitest, such as --project unit, or a file: test/image")
  .allowUnknownOption()
  .action(endsWith((words) => runTools([...checks, ["vitest", "run", ...words]])));
await run(test);
