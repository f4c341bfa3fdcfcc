import { z } from "zod";
import { nameIn } from "../../lib/pulumi/urn.ts";
import { pulumi } from "../cli/run-pulumi.ts";
import { redact } from "./redact.ts";

const properties = z.record(z.string(), z.unknown());

const resourceState = z.object({
  type: z.string(),
  id: z.string().optional(),
  inputs: properties.default({}),
  outputs: properties.default({}),
});

const refresh = z.object({
  steps: z.array(
    z.object({
      op: z.string(),
      urn: z.string(),
      oldState: resourceState.optional(),
      newState: resourceState.optional(),
      detailedDiff: properties.nullish(),
    }),
  ),
  diagnostics: z
    .array(z.object({ message: z.string(), severity: z.string(), urn: z.string().optional() }))
    .nullish(),
});

const deployment = z.object({
  deployment: z.object({ resources: z.array(resourceState.extend({ urn: z.string() })).default([]) }),
});

/** What a resource is in the state; secrets of a refresh are the text `[secret]`. */
export type ResourceState = z.output<typeof resourceState>;

/** One resource's part of `pulumi refresh --preview-only --json`. */
export type RefreshStep = z.output<typeof refresh>["steps"][number];

/** A resource of an exported state. */
export type StoredResource = z.output<typeof deployment>["deployment"]["resources"][number];

/**
 * What the services say of every resource, compared with the state, which stays as it is.
 * @throws with the engine's own errors when a resource could not be read
 */
export async function refreshSteps(stack: string): Promise<RefreshStep[]> {
  const { code, stdout, stderr } = await pulumi(["refresh", "--preview-only", "--json", "--stack", stack]);
  const read = refresh.safeParse(json(stdout));
  const errors = (read.data?.diagnostics ?? [])
    .filter(({ severity }) => severity === "error")
    .map(({ urn, message }) => `${urn ? `${nameIn(urn)}: ` : ""}${message.trim()}`);
  if (read.success && code === 0 && errors.length === 0) return read.data.steps;
  const said = errors.length > 0 ? errors.join("\n") : stderr.trim() || z.prettifyError(problem(read));
  throw new Error(`pulumi refresh of stack ${stack} ended with code ${code}:\n${redact(said)}`);
}

/**
 * The resources of the state, their secrets readable: they stay in this process.
 * @throws when the state or its passphrase is not at hand
 */
export async function storedResources(stack: string): Promise<StoredResource[]> {
  const { code, stdout, stderr } = await pulumi(["stack", "export", "--show-secrets", "--stack", stack]);
  const read = deployment.safeParse(json(stdout));
  if (code === 0 && read.success) return read.data.deployment.resources;
  // What was printed holds secrets: only the error output may be shown.
  throw new Error(`the state of stack ${stack} cannot be read (code ${code}): ${redact(stderr.trim())}`);
}

/** The text of an exported value that may be a secret; "" where it is no text. */
export function plain(value: unknown): string {
  if (typeof value === "string") return value;
  const sealed = z.object({ plaintext: z.string() }).safeParse(value);
  return sealed.success ? plain(JSON.parse(sealed.data.plaintext)) : "";
}

function problem(read: z.ZodSafeParseResult<unknown>): z.ZodError {
  return read.error ?? new z.ZodError([]);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: the caller tells what was found instead.
  }
}
