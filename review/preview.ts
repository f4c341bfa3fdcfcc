/** Runs a preview through the repository's launcher and reads Pulumi's JSON. */
import { spawn } from "node:child_process";
import path from "node:path";
import type { Digest } from "./changes.ts";

/** Root of the repository. */
export const root = path.resolve(import.meta.dirname, "..");

/** A preview that failed; the message is what Pulumi said. */
export class PreviewFailed extends Error {}

/** Runs `pulumi` without asking anything; resolves with what it printed. */
export function pulumi(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const launcher = path.join(root, "toolchain/bin/pulumi.mjs");
    const child = spawn(process.execPath, [launcher, ...args, "--non-interactive", "--color=never"], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}

/** What an up with these options would do. Throws `PreviewFailed`. */
export async function preview(options: readonly string[]): Promise<Digest> {
  // What stays the same names the projects; the steps of a replacement tell their order.
  const words = ["preview", "--json", "--show-sames", "--show-replacement-steps", ...options];
  const { code, stdout, stderr } = await pulumi(words);
  const digest = parse(stdout);
  const errors = (digest?.diagnostics ?? []).filter(({ severity }) => severity === "error");
  if (code === 0 && digest && errors.length === 0) return digest;
  const said = [...errors.map(({ message }) => message), stderr, ...(digest ? [] : [stdout])];
  const message = said.map((text) => text.trim()).filter((text) => text !== "");
  throw new PreviewFailed(message.join("\n") || `pulumi preview ended with code ${code} and said nothing`);
}

function parse(text: string): Digest | undefined {
  try {
    return JSON.parse(text) as Digest;
  } catch {
    return undefined;
  }
}

/** Name of the stack that a preview is of. */
export function stackOf(digest: Digest): string {
  const urn = digest.steps?.[0]?.urn;
  if (!urn) throw new PreviewFailed("pulumi preview named no resource, not even the stack");
  return urn.split(":")[2] as string;
}

/** Whether a stack has no resource yet, so that nothing can get weaker. */
export async function isEmpty(stack: string): Promise<boolean> {
  const { code, stdout, stderr } = await pulumi(["stack", "export", ...(stack ? ["--stack", stack] : [])]);
  if (code !== 0) throw new PreviewFailed(stderr.trim() || stdout.trim());
  const { deployment } = JSON.parse(stdout) as { deployment?: { resources?: { type: string }[] | null } };
  return !(deployment?.resources ?? []).some(({ type }) => !/^pulumi:(pulumi:Stack$|providers:)/.test(type));
}
