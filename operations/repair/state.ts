/** A stack's state as a repair reads it: resources, and operations that were begun and never ended. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { plain } from "../../lib/pulumi/stored.ts";
import { pulumi } from "../cli/run-pulumi.ts";

const properties = z.record(z.string(), z.unknown());
const resource = z.object({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  inputs: properties.default({}),
  outputs: properties.default({}),
});
const operation = z.object({ type: z.string(), resource });
const exported = z.object({
  deployment: z.looseObject({
    resources: z.array(resource).nullish(),
    pending_operations: z.array(operation).nullish(),
  }),
});

export type StateResource = z.output<typeof resource>;
/** `creating`, `updating`, `deleting`, `reading` or `importing` a resource. */
export type Operation = z.output<typeof operation>;

export interface State {
  readonly resources: readonly StateResource[];
  readonly pending: readonly Operation[];
}

/** Reads a state, its secrets readable: they stay in this process. @throws when it is not at hand */
export async function readState(stack: string): Promise<State> {
  const { deployment } = exported.parse(
    JSON.parse(await said("stack", "export", "--show-secrets", "--stack", stack)),
  );
  return { resources: deployment.resources ?? [], pending: deployment.pending_operations ?? [] };
}

/** Runs Pulumi, past the guard. @throws with its error output, which holds no secrets */
export async function said(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await pulumi(words);
  if (code === 0) return stdout;
  const isExport = words.includes("--show-secrets");
  throw new Error(
    `pulumi ${words.slice(0, 2).join(" ")} failed (${code}): ${(stderr.trim() || (isExport ? "" : stdout)).trim()}`,
  );
}

/** Lets a file of Pulumi's be there while something is done with it. */
export async function withFile<T>(content: unknown, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), "repair-"));
  try {
    const file = path.join(folder, "content.json");
    await writeFile(file, JSON.stringify(content), { mode: 0o600 });
    return await use(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Settles what is pending: what was being updated or deleted is looked at again, and every note of an operation is dropped.
 * What was being created has been found before, or is not there.
 * @returns a line for each
 */
export async function settle(stack: string, { resources, pending }: State): Promise<string[]> {
  if (pending.length === 0) return [];
  const known = new Set(resources.map(({ urn }) => urn));
  const changed = pending.filter(
    ({ type, resource: { urn } }) => ["updating", "deleting"].includes(type) && known.has(urn),
  );
  if (changed.length > 0) {
    const targets = changed.flatMap(({ resource: { urn } }) => ["--target", urn]);
    await said("refresh", "--yes", "--skip-preview", "--stack", stack, ...targets);
  }
  const text = await said("stack", "export", "--stack", stack);
  const content = z.looseObject({ deployment: z.looseObject({}) }).parse(JSON.parse(text));
  content.deployment.pending_operations = [];
  await withFile(content, (file) => said("stack", "import", "--stack", stack, "--file", file));
  return pending.map(({ type, resource: { urn } }) => {
    const what = `the interrupted operation "${type}" of ${urn.slice(urn.lastIndexOf("::") + 2)}`;
    return changed.some((one) => one.resource.urn === urn) ? `looked again after ${what}` : `dropped ${what}`;
  });
}

/** The JSON that a command of the stack printed; empty where it is none. */
export function printedBy({ outputs }: StateResource): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(plain(outputs.stdout)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
