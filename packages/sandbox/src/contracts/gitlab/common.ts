import { z } from "zod";
import { entity, wire } from "../contract.ts";

/** What the resources of GitLab's REST API have in common: https://docs.gitlab.com/api/rest/ */

/** A moment, in the zone of the instance. */
export const moment = z.iso.datetime({ offset: true });

export const date = z.iso.date();

const reasons = z.record(z.string(), z.array(z.string()));

/** An error: https://docs.gitlab.com/api/rest/troubleshooting/ */
export const error = z.union([
  entity({ message: z.union([z.string(), z.array(z.string()), reasons]) }),
  entity({ error: z.string(), error_description: z.string().optional(), scope: z.string().optional() }),
]);

/**
 * Parameters. GitLab takes text for each of them, since forms and queries have nothing else, and null for one that is
 * left out: https://docs.gitlab.com/api/rest/#request-payload
 */
export const text = wire("string", z.union([z.string(), z.number(), z.boolean()]).nullish());
export const integer = wire("integer", z.union([z.int(), z.string().regex(/^-?\d*$/)]).nullish());
export const flag = wire(
  "boolean",
  z.union([z.boolean(), z.literal([0, 1]), z.stringbool(), z.literal("")]).nullish(),
);
export const oneOf = <const T extends readonly string[]>(values: T) =>
  wire("string", z.union([z.enum(values), z.literal("")]).nullish());
/** Text in JSON or in a form; a list of names can also be one text with commas. */
export const list = wire("array", z.union([z.array(z.union([z.string(), z.int()])), z.string()]).nullish());
export const neededFlag = wire("boolean", z.union([z.boolean(), z.literal([0, 1]), z.stringbool()]));
export const neededList = wire("array", z.union([z.array(z.string()), z.string()]));
export const needed = wire("string", z.union([z.string(), z.number(), z.boolean()]));
export const neededInteger = wire("integer", z.union([z.int(), z.string().regex(/^\d+$/)]));

export const object = wire("object", z.record(z.string(), z.unknown()).nullish());
export const objects = wire("array", z.array(z.record(z.string(), z.unknown())).nullish());

export const neededObjects = wire("array", z.array(z.record(z.string(), z.unknown())));

/** https://docs.gitlab.com/api/rest/#pagination */
export const paging = { page: integer, per_page: integer };
