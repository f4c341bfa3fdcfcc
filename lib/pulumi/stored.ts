/** What `pulumi stack export --show-secrets` prints: the resources of a state, their secrets readable. */
import { z } from "zod";

const properties = z.record(z.string(), z.unknown());

const exported = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          urn: z.string(),
          type: z.string(),
          inputs: properties.default({}),
          outputs: properties.default({}),
        }),
      )
      .default([]),
  }),
});

/** A resource of an exported state. */
export type StoredResource = z.output<typeof exported>["deployment"]["resources"][number];

/** The resources of an exported state; undefined where the text is none. */
export function storedIn(text: string): StoredResource[] | undefined {
  const read = exported.safeParse(json(text));
  return read.success ? read.data.deployment.resources : undefined;
}

/** The text of an exported value that may be a secret; "" where it is no text. */
export function plain(value: unknown): string {
  if (typeof value === "string") return value;
  const sealed = z.object({ plaintext: z.string() }).safeParse(value);
  return sealed.success ? plain(JSON.parse(sealed.data.plaintext)) : "";
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
