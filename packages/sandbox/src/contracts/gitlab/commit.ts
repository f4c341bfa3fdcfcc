import { z } from "zod";
import { entity } from "../contract.ts";
import { moment } from "./common.ts";

/** https://docs.gitlab.com/api/commits/ */
export const commit = entity({
  author_email: z.string(),
  author_name: z.string(),
  authored_date: moment,
  committed_date: moment,
  committer_email: z.string(),
  committer_name: z.string(),
  created_at: moment,
  extended_trailers: z.record(z.string(), z.array(z.string())),
  id: z.string(),
  message: z.string(),
  parent_ids: z.array(z.string()),
  short_id: z.string(),
  title: z.string(),
  trailers: z.record(z.string(), z.string()),
  web_url: z.url(),
});
