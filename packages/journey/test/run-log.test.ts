import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandFailed, openRunLog, type RunLog } from "../src/index.ts";

let folder: string;
let log: RunLog;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "journey-test-"));
  log = openRunLog(path.join(folder, "logs"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const script = (text: string) => ["-e", text];
const kept = (name: string) => readFileSync(path.join(log.folder, `${name}.log`), "utf8");

describe("a run log", () => {
  it("is for its owner alone", () => {
    expect(statSync(log.folder).mode & 0o777).toBe(0o700);
  });

  it("keeps what a command printed, shows it a line at a time, and gives its standard output", async () => {
    const lines: string[] = [];
    const words = script("console.log('one\\n\\ntwo'); process.stdout.write('end')");
    const output = await log.run("step", process.execPath, words, {
      cwd: folder,
      onLine: (line) => lines.push(line),
    });
    expect(output).toBe("one\n\ntwo\nend");
    expect(lines).toEqual(["one", "two", "end"]);
    expect(kept("step")).toBe(`$ ${[process.execPath, ...words].join(" ")}\none\n\ntwo\nend\n`);
  });

  it("hands variables over without writing them down", async () => {
    const words = script("process.exitCode = process.env.TOKEN === 'a-canary' ? 0 : 1");
    await log.run("step", process.execPath, words, { cwd: folder, env: { TOKEN: "a-canary" } });
    expect(kept("step")).not.toContain("canary'; ");
    expect(kept("step").split("\n")).toHaveLength(2);
  });

  it("tells a failure with its code, the end of what was said, and where all of it is", async () => {
    const words = script("console.error('the reason'); process.exitCode = 3");
    const failure = await log.run("step", process.execPath, words, { cwd: folder }).catch((error) => error);
    expect(failure).toBeInstanceOf(CommandFailed);
    expect(failure).toMatchObject({
      code: 3,
      output: "the reason\n",
      log: path.join(log.folder, "step.log"),
    });
    expect(failure.message).toContain("ended with code 3\nthe reason\nAll of it: ");
  });

  it("names a program that is not there", async () => {
    await expect(log.run("step", "no-such-program", [], { cwd: folder })).rejects.toThrow("no-such-program");
  });
});
