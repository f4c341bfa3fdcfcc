import { z } from "zod";
import { entity } from "../contract.ts";

/** A namespace as part of other answers: https://docs.gitlab.com/api/namespaces/ */
export const namespace = entity({
  avatar_url: z.url().nullable(),
  full_path: z.string(),
  id: z.int(),
  kind: z.enum(["user", "group"]),
  name: z.string(),
  parent_id: z.int().nullable(),
  path: z.string(),
  web_url: z.url(),
});
