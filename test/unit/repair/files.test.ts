/** What a kill leaves in a folder with a state: locks and files that were written half. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../../../lib/repository.ts";
import { locksIn } from "../../../operations/repair/locks.ts";
import { lookUnfinished, mendState } from "../../../operations/repair/quick.ts";
import { stateFolder } from "../../../operations/repair/state-folder.ts";

let folder: string;
let env: { PULUMI_BACKEND_URL: string };
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tag-to-endpoint-state-"));
  env = { PULUMI_BACKEND_URL: `file://${folder}` };
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => path.join(folder, ".pulumi", name);
const read = (name: string) => readFileSync(at(name), "utf8");
function write(name: string, content: unknown): void {
  mkdirSync(path.dirname(at(name)), { recursive: true });
  writeFileSync(at(name), typeof content === "string" ? content : JSON.stringify(content));
}

const lock = "locks/organization/mlops/dev/one.json";
const lockOf = (pid: number, host = hostname()) => ({
  pid,
  username: "ana",
  hostname: host,
  timestamp: "2026-01-02T03:04:05.678Z",
});
/** Higher than any process id. */
const NOBODY = 2 ** 30;
const checkpoint = "stacks/mlops/dev.json";
const withPending = (...types: string[]) => ({
  version: 3,
  checkpoint: {
    latest: { resources: [], pending_operations: types.map((type) => ({ type, resource: {} })) },
  },
});

describe("a lock", () => {
  it("of a process that is gone is taken away, and said", () => {
    write(lock, lockOf(NOBODY));
    write(`${lock}.attrs`, {});
    expect(mendState("organization/mlops/dev", env)).toEqual({
      done: [
        `removed the lock of 2026-01-02T03:04:05 by ana@${hostname()}, process ${NOBODY}: the process is gone`,
      ],
      live: [],
    });
    expect([existsSync(at(lock)), existsSync(at(`${lock}.attrs`))]).toEqual([false, false]);
  });

  it("of a number that another program has now is taken away", () => {
    write(lock, lockOf(process.pid));
    expect(mendState("dev", env).done).toHaveLength(1);
  });

  it.each([
    ["of another machine", () => lockOf(NOBODY, "elsewhere")],
    ["that nobody can read", () => "{"],
  ])("%s stays, and nothing else is touched", (_, content) => {
    write(lock, content());
    write(`${checkpoint}.attrs`, "");
    expect(mendState("dev", env)).toMatchObject({ done: [], live: [expect.stringContaining("lock")] });
    expect([existsSync(at(lock)), existsSync(at(`${checkpoint}.attrs`))]).toEqual([true, true]);
  });

  it("of a Pulumi that runs stays", () => {
    write(lock, lockOf(4711));
    const folderOfLocks = path.dirname(at(lock));
    expect(locksIn(folderOfLocks, () => "pulumi")).toMatchObject([{ isStale: false }]);
    expect(locksIn(folderOfLocks, () => "node")).toMatchObject([{ isStale: true }]);
  });

  it("of another stack stays", () => {
    write(lock.replace("/dev/", "/production/"), lockOf(NOBODY));
    expect(mendState("dev", env).done).toEqual([]);
  });
});

describe("a checkpoint", () => {
  it.each(["", '{"version":3,"chec'])("that was written half is put back from its backup: %j", (half) => {
    write(checkpoint, half);
    write(`${checkpoint}.bak`, withPending());
    expect(mendState("dev", env).done).toEqual([
      "put the checkpoint back from dev.json.bak: it was written half",
    ]);
    expect(JSON.parse(read(checkpoint))).toEqual(withPending());
  });

  it("with an empty file of attributes loses that file, and no other stack does", () => {
    write(checkpoint, withPending());
    for (const name of [
      "stacks/mlops/dev.json.attrs",
      "stacks/mlops/dev.json.bak.attrs",
      "stacks/mlops/dev2.json.attrs",
    ])
      write(name, "");
    write("history/mlops/dev/dev-1.history.json.attrs", "");
    expect(mendState("dev", env).done).toEqual([
      "removed dev.json.attrs, which was written half",
      "removed dev.json.bak.attrs, which was written half",
      "removed dev-1.history.json.attrs, which was written half",
    ]);
    expect(existsSync(at("stacks/mlops/dev2.json.attrs"))).toBe(true);
  });

  it("that is whole is left alone, and so is one without a good backup", () => {
    write(checkpoint, withPending());
    write(`${checkpoint}.attrs`, { md5: "x" });
    expect(mendState("dev", env).done).toEqual([]);
    write(checkpoint, "");
    write(`${checkpoint}.bak`, "{");
    expect(mendState("dev", env).done).toEqual([]);
    expect(read(checkpoint)).toBe("");
  });
});

describe("an update that did not end well is seen", () => {
  const entry = (kind: string, result: string) => ({ kind, result });

  it.each([
    ["nothing yet", {}, false],
    ["a checkpoint without operations", { [checkpoint]: withPending() }, false],
    ["a pending operation", { [checkpoint]: withPending("creating") }, true],
    [
      "a last update that failed",
      { "history/mlops/dev/dev-2.history.json": entry("update", "failed") },
      true,
    ],
    [
      "one that failed, and a good one after it",
      {
        "history/mlops/dev/dev-2.history.json": entry("update", "failed"),
        "history/mlops/dev/dev-3.history.json": entry("update", "succeeded"),
      },
      false,
    ],
    [
      "an import after one that failed",
      {
        "history/mlops/dev/dev-2.history.json": entry("update", "failed"),
        "history/mlops/dev/dev-3.history.json": entry("resource-import", "succeeded"),
      },
      true,
    ],
  ])("%s", (_, files, wanted) => {
    for (const [name, content] of Object.entries(files)) write(name, content);
    expect(lookUnfinished("dev", env)).toBe(wanted);
  });
});

describe("the files of a state", () => {
  const folderOf = (url: string) => stateFolder("dev", { PULUMI_BACKEND_URL: url })?.checkpoint;

  it("are in the folder of the backend, whatever stands after it", () => {
    expect(folderOf("file:///state?metadata=skip")).toBe("/state/.pulumi/stacks/mlops/dev.json");
    expect(folderOf("file://a")).toBe(path.join(root, "a/.pulumi/stacks/mlops/dev.json"));
    expect(stateFolder("dev", {})?.checkpoint).toBe(path.join(root, ".pulumi/stacks/mlops/dev.json"));
  });

  it("are not on this machine with another backend", () => {
    expect([folderOf("s3://bucket"), folderOf("https://api.pulumi.com")]).toEqual([undefined, undefined]);
    expect(mendState("dev", { PULUMI_BACKEND_URL: "s3://bucket" })).toEqual({ done: [], live: [] });
  });
});
