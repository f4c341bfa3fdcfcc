/** `npm run docs`: what the documentation has from the program. */
import { command, endsWith, run } from "@tag-to-endpoint/command-line";
import { runTools } from "./support/tools.ts";

const docs = command({
  name: "docs",
  summary:
    "Writes the picture in README.md, docs/settings.md, docs/harmless.md, and the rules in docs/policy.md and docs/posture.md.",
  ends: { 0: "they are up to date now" },
}).action(
  endsWith(() =>
    runTools([["vitest", "run", "--project", "unit", "test/unit/docs/generated.test.ts", "--update"]]),
  ),
);
await run(docs);
