import { spawn } from "node:child_process";
import type { Environment } from "../demo/environment.ts";

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program as a person does in a terminal, on the environment's stack; resolves however it ends. */
export function stackCommand(
  { root, env: own, stack }: Environment,
  program: string,
  args: readonly string[],
  { env = {}, input = "" }: { env?: Record<string, string>; input?: string } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, ...own, PULUMI_STACK: stack, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const ended: Ended = { code: null, stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => {
        ended[stream] += text;
      });
    }
    // A program that ends without reading its input closes the pipe; its exit code tells why.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.once("error", reject);
    child.once("close", (code) => resolve({ ...ended, code }));
  });
}
