/** What `npx pulumi` does first where the state is not what there is; in front of a stand-in for the Pulumi CLI. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runToEnd } from "../../../lib/process/run.ts";
import { cliVersion } from "../../../lib/pulumi/cli.ts";
import { root } from "../../../lib/repository.ts";

const URN = "urn:pulumi:nobody-s::mlops::heroku:app/app:App::mlserver";
const CLI = `#!${process.execPath}
import { appendFileSync, writeFileSync } from "node:fs";
const words = process.argv.slice(2);
const at = words.indexOf("--event-log");
if (at >= 0) writeFileSync(words.splice(at, 2)[1], "{}\\n");
appendFileSync(process.env.ASKED, words.join(" ") + "\\n");
const { state, gone } = JSON.parse(process.env.WORLD);
const say = (value) => process.stdout.write(JSON.stringify(value) + "\\n");
if (words[0] === "stack") say({ deployment: { resources: state } });
if (words[0] === "preview") say({ steps: [{ op: "same", urn: "${URN}" }] });
if (words[0] === "refresh") say({ steps: [{ op: gone ? "delete" : "refresh", urn: "${URN}" }] });
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tag-to-endpoint-home-"));
  const bin = path.join(folder, "versions", cliVersion, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(path.join(bin, "pulumi"), CLI);
  chmodSync(path.join(bin, "pulumi"), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What it says, and what the CLI was asked for but for the state. */
async function pulumi(world: { state: object[]; gone?: boolean }, ...words: string[]) {
  const file = path.join(folder, "asked");
  const env = {
    PULUMI_HOME: folder,
    PULUMI_STACK: "nobody-s",
    PULUMI_CONFIG_PASSPHRASE: "",
    ASKED: file,
    WORLD: JSON.stringify(world),
  };
  const { code, stderr } = await runToEnd(
    process.execPath,
    [path.join(root, "operations/cli/pulumi.mjs"), ...words],
    {
      cwd: root,
      env,
    },
  );
  const pack = ` --policy-pack ${path.join(root, "infra/policy")}`;
  const asked = readFileSync(file, "utf8").replaceAll(pack, "").trim().split("\n");
  return { code, stderr, asked: asked.filter((line) => !line.startsWith("stack ")) };
}

const app = { urn: URN, type: "heroku:app/app:App" };

it("an update that failed before is refreshed, in the review and in the update: the state says what was wished for", async () => {
  const { code, stderr, asked } = await pulumi(
    { state: [{ ...app, initErrors: ["Name is already taken"] }] },
    "up",
    "--yes",
  );
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: "The last update of mlserver failed; the stack is refreshed first.\n",
  });
  expect(asked).toHaveLength(2);
  expect(asked[0]).toMatch(/^preview .*--refresh/);
  expect(asked[1]).toBe("up --yes --refresh");
});

it.each(["--refresh", "-r", "--refresh=false"])(
  "it is not refreshed twice, or against one's will: %s",
  async (word) => {
    const { asked } = await pulumi(
      { state: [{ ...app, initErrors: ["Name is already taken"] }] },
      "up",
      "--yes",
      word,
    );
    expect(asked.at(-1)).toBe(`up --yes ${word}`);
  },
);

it("an update after one that succeeded is not refreshed", async () => {
  const { stderr, asked } = await pulumi({ state: [app] }, "up", "--yes");
  expect(stderr).toBe("");
  expect(asked.at(-1)).toBe("up --yes");
});

it("before a destroy, an app that is gone is dropped from the state", async () => {
  const { stderr, asked } = await pulumi({ state: [app], gone: true }, "destroy", "--yes");
  expect(stderr).toBe("App mlserver was deleted outside the stack; it is dropped from the state first.\n");
  expect(asked.map((line) => line.replace(/ --color.*/, ""))).toEqual([
    `refresh --preview-only --json --stack nobody-s --target ${URN}`,
    `refresh --yes --skip-preview --stack nobody-s --target ${URN}`,
    "destroy --yes",
  ]);
});

it("before a destroy, an app that is there stays in the state", async () => {
  const { asked } = await pulumi({ state: [app] }, "down", "--yes");
  expect(asked.map((line) => line.split(" ")[0])).toEqual(["refresh", "down"]);
});

it("a preview of a destroy changes no state", async () => {
  const { asked } = await pulumi({ state: [app], gone: true }, "destroy", "--preview-only");
  expect(asked).toEqual(["destroy --preview-only"]);
});
