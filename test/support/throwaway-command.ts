import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findSandboxes } from "@tag-to-endpoint/sandbox";
import { type Ended, runToEnd } from "../../lib/process/run.ts";
import { root } from "../../lib/repository.ts";

type Variables = Readonly<Record<string, string>>;

const script = "packages/throwaway/src/main.ts";

/** Runs `npm run throwaway`, without the set-up before it; resolves however it ends. */
export function throwaway(words: readonly string[], env: Variables = {}): Promise<Ended> {
  return runToEnd(process.execPath, [script, ...words], { cwd: root, env });
}

/** A command that is going on, in a process group of its own as a terminal gives it. */
export interface Going {
  readonly child: ChildProcess;
  output(): string;
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

export function startThrowaway(words: readonly string[], env: Variables = {}): Going {
  const child = spawn(process.execPath, [script, ...words], {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const ended = once(child, "exit").then(([code]) => code as number | null);
  return { child, output: () => output, ended };
}

/** Everything that this machine has of a stack by its name, however it came to be there. */
export async function remainsOf(stack: string): Promise<string[]> {
  const named = (folder: string) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.includes(stack))
          .map((name) => path.join(folder, name))
      : [];
  const sandboxes = [...(await findSandboxes()).keys()].filter((folder) => folder.includes(`${stack}-`));
  return [tmpdir(), root, path.join(root, ".pulumi/approvals"), path.join(root, ".cache/throwaway")]
    .flatMap(named)
    .concat(sandboxes, processesOf(stack));
}

function processesOf(stack: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => environmentOf(pid).includes(`tag-to-endpoint-${stack}-`))
    .map((pid) => `process ${pid}`);
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    return ""; // it has ended, or is somebody else's
  }
}
