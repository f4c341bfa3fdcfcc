/** Ctrl-C in the demo: closing words, nothing left, and no other demo disturbed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { readRegister } from "@tag-to-endpoint/throwaway/accounts";
import { expect, it, onTestFinished } from "vitest";
import { root } from "../../lib/repository.ts";
import { remainsOf } from "../support/throwaway-command.ts";

/** A demo in a process group of its own, as a terminal gives it. */
function startDemo(words: readonly string[]) {
  const child = spawn(process.execPath, words, {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const group = child.pid as number;
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-group, "SIGKILL");
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  return {
    output: () => output,
    ended,
    updates: () => expect.poll(() => output, { timeout: 180_000 }).toContain("gitlab:index:Project"),
    interrupt: () => process.kill(-group, "SIGINT"),
  };
}

const temporary = () => readdirSync(tmpdir()).filter((name) => name.startsWith("tag-to-endpoint-demo-"));
const demos = () =>
  readRegister()
    .map(({ stack }) => stack)
    .filter((stack) => stack.includes("-demo-"));

it("Ctrl-C ends one of two demos with closing words and leaves nothing of it; the other goes on", async () => {
  const before = { demos: demos(), temporary: temporary() };
  const own = () => demos().filter((stack) => !before.demos.includes(stack));
  // As npm starts it, and without that.
  const first = startDemo(["packages/toolchain/run.mjs", "demo/main.ts"]);
  await first.updates();
  const [firstStack = ""] = own();
  const second = startDemo(["demo/main.ts"]);
  await second.updates();
  const [secondStack = ""] = own().filter((stack) => stack !== firstStack);

  first.interrupt();
  expect(await first.ended).toBe(1);
  expect(first.output()).toContain("Everything that it made is removed.");
  expect(await remainsOf(firstStack)).toEqual([]);

  expect(await remainsOf(secondStack)).not.toEqual([]);
  expect(second.output()).not.toMatch(/interrupted|failed/i);
  second.interrupt();
  expect(await second.ended).toBe(1);
  expect(await remainsOf(secondStack)).toEqual([]);
  expect(temporary().filter((name) => !before.temporary.includes(name))).toEqual([]);
});
