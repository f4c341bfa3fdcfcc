/** `npm run docs`: the parts of the documentation that are made from the program. */
import { spawnSync } from "node:child_process";
import { command, endsWith, exitCode, run } from "@tag-to-endpoint/command-line";

const docs = command({
  name: "docs",
  summary:
    "Writes the picture in README.md, docs/settings.md and the rules in docs/policy.md from the program.",
  ends: { 0: "they are up to date now" },
}).action(
  endsWith(() => {
    // The test that compares them, told to write what differs.
    const words = ["run", "--project", "unit", "test/unit/docs/generated", "--update"];
    const { status, error } = spawnSync("vitest", words, { stdio: "inherit" });
    if (error) throw error;
    return status === 0 ? exitCode.done : exitCode.failed;
  }),
);
await run(docs);
