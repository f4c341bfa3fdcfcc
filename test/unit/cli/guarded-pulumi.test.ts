/** `npx pulumi` as a process, in front of a stand-in for the Pulumi CLI that tells what it was started with. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, it } from "vitest";
import { cliVersion } from "../../../lib/pulumi/cli.ts";
import { root } from "../../../lib/repository.ts";

const CLI = `#!${process.execPath}
const [first, second] = process.argv.slice(2);
const say = (value) => process.stdout.write(JSON.stringify(value) + "\\n");
if (first === "stack" && second === "export") say({ deployment: { resources: [] } });
else if (first === "exit") process.exit(Number(second));
else if (first === "kill") process.kill(process.pid, second);
else if (first === "read") process.stdin.pipe(process.stdout);
else if (first === "wait") {
  for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => say(name));
  setTimeout(() => process.exit(9), 2500);
  say("ready");
} else {
  const { PULUMI_HOME, PULUMI_STACK, PULUMI_SKIP_UPDATE_CHECK } = process.env;
  const env = { PULUMI_HOME, PULUMI_STACK, PULUMI_SKIP_UPDATE_CHECK };
  say({ args: process.argv.slice(2), folder: process.cwd(), env });
}
`;

let home: string;
beforeAll(() => {
  home = realpathSync(mkdtempSync(path.join(tmpdir(), "tag-to-endpoint-home-")));
  const folder = path.join(home, "versions", cliVersion, "bin");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "pulumi"), CLI);
  chmodSync(path.join(folder, "pulumi"), 0o755);
});
afterAll(() => rmSync(home, { recursive: true }));

/** Starts it in a process group of its own, as a shell does. */
function start(args: readonly string[], folder = root): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const { PULUMI_STACK: _, ...others } = process.env;
  const child = spawn(process.execPath, [path.join(root, "operations/cli/pulumi.mjs"), ...args], {
    cwd: folder,
    env: { ...others, PULUMI_HOME: home, PULUMI_STACK: "nobody-s" },
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  return child as ChildProcess & { stdout: NodeJS.ReadableStream };
}

async function told(args: readonly string[], folder?: string): Promise<unknown> {
  const child = start(args, folder);
  child.stdin?.end();
  return JSON.parse(await text(child.stdout));
}

describe.concurrent("npx pulumi", () => {
  it("starts Pulumi in the root of the repository, with the words that it was given", async ({ expect }) => {
    expect(await told(["config", "set", "two words", ""], path.join(root, "infra"))).toEqual({
      args: ["config", "set", "two words", ""],
      folder: root,
      env: { PULUMI_HOME: home, PULUMI_STACK: "nobody-s", PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
  });

  it("adds the policy pack to what runs the program, and to nothing else", async ({ expect }) => {
    const pack = ["--policy-pack", path.join(root, "infra/policy")];
    for (const command of ["up", "preview"])
      expect(await told([command, "--yes"])).toMatchObject({ args: [command, "--yes", ...pack] });
    expect(await told(["destroy", "--yes"])).toMatchObject({ args: ["destroy", "--yes"] });
  });

  it("changes nothing about another program", async ({ expect }) => {
    expect(await told(["up", "--yes"], home)).toMatchObject({ args: ["up", "--yes"], folder: home });
  });

  it("hands standard input on", async ({ expect }) => {
    const child = start(["read"]);
    child.stdin?.end("yes\n");
    expect(await text(child.stdout)).toBe("yes\n");
  });

  it("ends as Pulumi ends: with its exit code, or by its signal", async ({ expect }) => {
    expect(await once(start(["exit", "0"]), "exit")).toEqual([0, null]);
    expect(await once(start(["exit", "7"]), "exit")).toEqual([7, null]);
    expect(await once(start(["kill", "SIGKILL"]), "exit")).toEqual([null, "SIGKILL"]);
  });

  it.for([
    ["to it alone", "SIGTERM", 1],
    ["to it alone", "SIGINT", 1],
    ["to its process group", "SIGTERM", -1],
    ["to its process group", "SIGINT", -1],
  ] as const)("a signal %s reaches Pulumi once: %s", async ([, signal, sign], { expect }) => {
    const child = start(["wait"]);
    const ended = once(child, "exit");
    child.stdout.once("data", () => {
      process.kill(sign * (child.pid ?? 0), signal);
      // What npm does: it passes on a signal that the process group has got already.
      setTimeout(() => child.kill(signal), 50);
    });
    expect((await text(child.stdout)).trim().split("\n")).toEqual(['"ready"', JSON.stringify(signal)]);
    expect(await ended).toEqual([9, null]);
  });
});
