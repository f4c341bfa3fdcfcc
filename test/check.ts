/** `npm run check`: types and style. */
import { command, endsWith, run } from "@tag-to-endpoint/command-line";
import { compileSdks } from "../lib/pulumi/sdks.ts";
import { checks, runTools } from "./support/tools.ts";

const check = command({
  name: "check",
  summary: "Checks types and style. It needs `npm ci` and nothing else.",
  ends: { 0: "nothing to complain about" },
}).action(
  endsWith(async () => {
    await compileSdks();
    return runTools(checks);
  }),
);
await run(check);
