/** Changes that somebody allowed, as they are kept in files: resources before and after, their secrets left out. */
import { z } from "zod";
import { equal, isProperties, type Properties, UNKNOWN, type Value } from "../pulumi/values.ts";

const properties: z.ZodType<Properties> = z.record(z.string(), z.json());

export const allowedChange = z.object({
  urn: z.string(),
  /** Pulumi's word for what is done: `update`, `replace`, `delete`. */
  op: z.string(),
  /** Inputs as a preview shows them, without secrets. */
  before: properties.optional(),
  after: properties.optional(),
  /** Options as they become, by name: `option:provider`. */
  options: properties.optional(),
  /** Until when: the end of the approval that it needed, where it needed one. */
  validUntil: z.iso.datetime().optional(),
});

/** What was allowed to happen to one resource. */
export type AllowedChange = z.output<typeof allowedChange>;

/** Whether a value is the planned one, of which some parts may not have been known yet. */
export function isPlanned(planned: Value | undefined, value: Value | undefined): boolean {
  if (planned === UNKNOWN) return true;
  if (isProperties(planned) && isProperties(value)) {
    const names = [...new Set([...Object.keys(planned), ...Object.keys(value)])];
    return names.every((name) => name === "__defaults" || isPlanned(planned[name], value[name]));
  }
  if (Array.isArray(planned) && Array.isArray(value))
    return planned.length === value.length && planned.every((one, index) => isPlanned(one, value[index]));
  return equal(planned, value);
}

/** Whether all that a program says of a resource is as planned; what a provider adds by itself is not asked for. */
export function isPlannedFor(planned: Properties | undefined, said: Properties): boolean {
  return (
    planned !== undefined &&
    Object.entries(said).every(([name, value]) => name === "__defaults" || isPlanned(planned[name], value))
  );
}
