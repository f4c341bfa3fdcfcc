/** `npm test`: types and style, then every kind of test. */
import { rmSync } from "node:fs";
import { command, endsWith, run } from "@tag-to-endpoint/command-line";
import { recordsFolder } from "@tag-to-endpoint/sandbox";
import { compileSdks } from "../lib/pulumi/sdks.ts";
import { checks, runTools } from "./support/tools.ts";

const test = command({
  name: "test",
  start: "npm test --",
  summary: "Checks types and style, then runs every kind of test: about 20 minutes.",
  ends: { 0: "everything passed" },
})
  .argument("[vitest...]", "arguments for vitest, such as --project unit, or a file: test/image")
  .allowUnknownOption()
  .action(
    endsWith(async (words) => {
      await compileSdks();
      // What is recorded from here on is of this tree alone.
      if (words.length === 0) rmSync(recordsFolder, { recursive: true, force: true });
      return runTools([...checks, ["vitest", "run", ...words]]);
    }),
  );
await run(test);
