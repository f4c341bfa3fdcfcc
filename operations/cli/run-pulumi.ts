import { spawn } from "node:child_process";
import path from "node:path";
import { type Ended, runToEnd } from "../../lib/process/run.ts";
import { root } from "../../lib/repository.ts";

/** The repository's `npx pulumi`, asking nothing. */
const words = (args: readonly string[]) => [
  path.join(root, "operations/cli/pulumi.mjs"),
  ...args,
  "--non-interactive",
];

/** Runs `pulumi` and returns what it printed; resolves whatever its exit code is. */
export function pulumi(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return runToEnd(process.execPath, words([...args, "--color=never"]), { cwd: root, env });
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
