import { spawn } from "node:child_process";
import path from "node:path";
import { ended } from "../infra/commands/command.ts";

/** Root of the repository. */
export const root = path.resolve(import.meta.dirname, "..");

export interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** The repository's `npx pulumi`, asking nothing. */
const words = (args: readonly string[]) => [
  path.join(root, "toolchain/bin/pulumi.mjs"),
  ...args,
  "--non-interactive",
];

/** Runs `pulumi` and returns what it printed; resolves whatever its exit code is. */
export async function pulumi(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const options = { cwd: root, env };
  const { code, out, err } = await ended(process.execPath, words([...args, "--color=never"]), options);
  return { code, stdout: out.toString("utf8"), stderr: err.toString("utf8") };
}

/** Runs `pulumi`, its output shown; resolves whatever its exit code is. */
export function showPulumi(args: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words(args), {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.once("error", reject);
    child.once("close", resolve);
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
