import { z } from "zod";
import { entity } from "../contract.ts";

/** What the resources of Heroku's Platform API have in common: https://devcenter.heroku.com/articles/platform-api-reference */

export const id = z.uuid();

/** Heroku writes moments in UTC, to the second. */
export const moment = z.iso.datetime();

export const named = entity({ id, name: z.string() });

/** An error: https://devcenter.heroku.com/articles/platform-api-reference#error-responses */
export const error = entity({
  id: z.string(),
  message: z.string(),
  resource: z.string().optional(),
  url: z.url().optional(),
});
