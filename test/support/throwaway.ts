import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Environment, openRunLog, pulumi } from "@tag-to-endpoint/journey";
import { type Sandbox, type SandboxOptions, startSandbox } from "@tag-to-endpoint/sandbox";

/** A stack of its own against a sandbox of its own, with everything in one temporary folder. */
export interface ThrowawayStack {
  environment: Environment;
  sandbox: Sandbox;
  /** Removes stack, sandbox and folder, whatever state they are in. */
  remove(): Promise<void>;
}

/** Repository that the stack's program is in. */
export const root = path.resolve(import.meta.dirname, "../..");

/**
 * Brings up a sandbox and an empty stack with the settings of `Pulumi.dev.yaml`. Only the settings file is
 * outside the temporary folder, since Pulumi wants it beside Pulumi.yaml; git ignores its name.
 */
export async function throwawayStack(
  options: Omit<SandboxOptions, "stateDir"> = {},
): Promise<ThrowawayStack> {
  const folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint-test-"));
  const stack = `throwaway-${randomBytes(4).toString("hex")}`;
  const settings = path.join(root, `Pulumi.${stack}.yaml`);
  const guardian = guard(folder, stack);
  const log = openRunLog(path.join(root, ".cache/test", stack));
  await mkdir(path.join(folder, "state"));
  await mkdir(path.join(folder, "work"));
  const sandbox = await startSandbox({ ...options, stateDir: path.join(folder, "sandbox") });
  const environment: Environment = {
    root,
    stack,
    log,
    workFolder: path.join(folder, "work"),
    env: { ...sandbox.env, PULUMI_BACKEND_URL: `file://${folder}/state` },
  };
  await copyFile(path.join(root, "Pulumi.dev.yaml"), settings);
  await pulumi(environment, "pulumi", ["stack", "init", stack]);
  return {
    environment,
    sandbox,
    remove: guardian.remove,
  };
}

/** Starts the process that removes the stack, also where this one is killed. */
function guard(folder: string, stack: string): { remove(): Promise<void> } {
  // Its own process group: what is sent to this one's, such as Ctrl-C, is not for it.
  const child = spawn(process.execPath, [path.join(root, "test/support/guardian.ts"), folder, stack], {
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
  const ended = once(child, "exit");
  return {
    async remove() {
      child.stdin.end();
      const [code] = await ended;
      if (code !== 0) throw new Error(`${stack} could not be removed; its folder is ${folder}`);
    },
  };
}
