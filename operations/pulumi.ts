import { spawn } from "node:child_process";
import path from "node:path";

/** Root of the repository. */
export const root = path.resolve(import.meta.dirname, "..");

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PulumiOptions {
  /** Added to this process's variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Shows what is printed instead of returning it. */
  readonly shown?: boolean;
}

/** Runs the repository's `npx pulumi`, which asks nothing; resolves whatever its exit code is. */
export function pulumi(args: readonly string[], { env, shown = false }: PulumiOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const launcher = path.join(root, "toolchain/bin/pulumi.mjs");
    const words = [launcher, ...args, "--non-interactive", ...(shown ? [] : ["--color=never"])];
    const output = shown ? "inherit" : "pipe";
    const child = spawn(process.execPath, words, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", output, output],
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** The stack that is meant: the one named, `PULUMI_STACK`, or the selected one. @throws when there is none */
export async function stackName(given?: string): Promise<string> {
  const name = given ?? process.env.PULUMI_STACK;
  if (name) return name;
  const { code, stdout } = await pulumi(["stack", "--show-name"]);
  if (code === 0) return stdout.trim();
  throw new Error(
    "No stack is selected. Name one (--stack production), or: npx pulumi stack select production",
  );
}
