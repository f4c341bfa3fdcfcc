/** `npm run unit`: the quick tests, on a machine where nothing is set up. */
import { command, endsWith, run } from "@tag-to-endpoint/command-line";
import { runTools } from "./support/tools.ts";

/** Those of vitest.config.ts that need neither docker nor set-up. */
const projects = ["unit", "contract", "policy", "bench", "command-line", "journey", "sdks"];

const unit = command({
  name: "unit",
  summary: "Runs the quick tests, which need `npm ci` and nothing else.",
  ends: { 0: "everything passed" },
})
  .argument("[vitest...]", "arguments for vitest, such as a file: test/unit/config.test.ts")
  .allowUnknownOption()
  .action(
    endsWith((words) =>
      runTools([["vitest", "run", ...projects.flatMap((name) => ["--project", name]), ...words]]),
    ),
  );
await run(unit);
