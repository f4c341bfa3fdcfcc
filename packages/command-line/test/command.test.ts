/** The contract of all commands, on a small one that runs as a process of its own. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { isDecorated } from "../src/index.ts";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function example(...args: string[]): Promise<Ended> {
  const words = [path.join(import.meta.dirname, "example.ts"), ...args];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, words, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

it.concurrent.each([["--help"], ["-h"]])("%s is on standard output, with the exit codes", async (option) => {
  const { code, stdout, stderr } = await example(option);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(
    /^Usage: npm run example -- \[options\] \[command\]\n\nWhat the tests of the contract run\n/,
  );
  expect(stdout).toMatch(
    /Exit codes:\n {3}0 {2}done\n {3}1 {2}failed\n {3}2 {2}somebody has to look\n {2}64 {2}bad usage\n$/,
  );
});

it.concurrent("a subcommand has help of its own", async ({ expect }) => {
  const { code, stdout } = await example("look", "--help");
  expect(code).toBe(0);
  expect(stdout).toContain("Usage: npm run example -- look [options]");
  for (const option of [
    "-s, --stack <name>",
    "64  bad usage",
    'choices: "text", "json",',
    "-o, --output <file>",
  ])
    expect(stdout).toContain(option);
});

it.concurrent.each([
  [
    "look --format pdf",
    "option '--format <format>' argument 'pdf' is invalid. Allowed choices are text, json, markdown.",
  ],
  ["look --format", "option '--format <format>' argument missing"],
  ["look --stak dev", "unknown option '--stak'\n(Did you mean --stack?)"],
  ["look dev", "too many arguments for 'look'. Expected 0 arguments but got 1: dev."],
  ["", "no command. Allowed are look, fail."],
  ["--stack dev", "unknown option '--stack'"],
  ["watch", "unknown command 'watch'. Allowed are look, fail."],
])("bad usage: %s", async (line, message) => {
  const { code, stdout, stderr } = await example(...line.split(" ").filter((word) => word !== ""));
  expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
  expect(stderr.startsWith(`example: ${message}\n\nUsage: npm run example --`), stderr).toBe(true);
});

it.concurrent("ends with what the work returns, and the report alone is on standard output", async ({
  expect,
}) => {
  expect(await example("look")).toEqual({
    code: 0,
    stdout: '{"format":"text","colour":false}\n',
    stderr: "looking\n",
  });
  expect(await example("look", "-s", "weak", "--format=json")).toEqual({
    code: 2,
    stdout: '{"stack":"weak","format":"json","colour":false}\n',
    stderr: "looking\n",
  });
});

it("writes the report to a file as well", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint-report-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = path.join(folder, "report.json");
  const { stdout } = await example("look", "--output", file);
  expect(await readFile(file, "utf8")).toBe(stdout);
});

it.concurrent("tells an error in one line, redacted", async ({ expect }) => {
  expect(await example("fail")).toEqual({
    code: 1,
    stdout: "",
    stderr: "example: the token *** was refused\n",
  });
});

it.each([
  [true, {}, true],
  [true, { NO_COLOR: "1" }, false],
  [true, { NO_COLOR: "" }, true],
  [false, {}, false],
  [undefined, {}, false],
])("colour where isTTY is %s and the environment is %j: %s", (isTTY, env, expected) => {
  expect(isDecorated({ isTTY }, env)).toBe(expected);
});
