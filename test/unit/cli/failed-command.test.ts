/** What `npx pulumi` says at the end of a command that failed; in front of a stand-in for the Pulumi CLI. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runToEnd } from "../../../lib/process/run.ts";
import { cliVersion } from "../../../lib/pulumi/cli.ts";
import { root } from "../../../lib/repository.ts";

const STACK = "nobody-s-failure";
const CLI = `#!${process.execPath}
const { mkdirSync, writeFileSync } = require("node:fs");
const [command] = process.argv.slice(2);
if (command === "stack") process.stdout.write('{"deployment":{"resources":[]}}\\n');
else {
  const result = process.env.RESULT;
  const folder = process.env.STATE + "/.pulumi/history/mlops/${STACK}";
  mkdirSync(folder, { recursive: true });
  if (result) writeFileSync(folder + "/1.history.json", JSON.stringify({ kind: command === "up" ? "update" : command, result }));
  process.exit(result === "succeeded" ? 0 : 255);
}
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tag-to-endpoint-home-"));
  const bin = path.join(folder, "versions", cliVersion, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, "pulumi"), CLI);
  chmodSync(path.join(bin, "pulumi"), 0o755);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  rmSync(path.join(root, `.pulumi/updates/${STACK}.json`), { force: true });
});

it.each([
  ["an update that fails", "up", "failed", true],
  ["a destroy that fails", "destroy", "failed", true],
  ["an update that succeeds", "up", "succeeded", false],
  ["an update that nobody said yes to", "up", "", false],
])("%s", async (_, command, result, isTold) => {
  const { stderr } = await runToEnd(
    process.execPath,
    [path.join(root, "operations/cli/pulumi.mjs"), command],
    {
      cwd: root,
      env: {
        PULUMI_HOME: folder,
        PULUMI_STACK: STACK,
        PULUMI_CONFIG_PASSPHRASE: "",
        PULUMI_BACKEND_URL: `file://${folder}`,
        STATE: folder,
        RESULT: result,
      },
    },
  );
  const advice = `npx pulumi ${command} did not succeed. Where an error above names something to put right, do that; then run the same command again: it goes on from here.\n`;
  expect(stderr).toBe(isTold ? advice : "");
});
