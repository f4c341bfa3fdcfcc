import { z } from "zod";
import { entity, type Operation } from "../contract.ts";
import { commit } from "./commit.ts";
import { flag, moment, needed, neededObjects, paging, text } from "./common.ts";
import { pipeline } from "./pipelines.ts";

/** A commit by itself. */
const commitDetail = entity({
  ...commit.shape,
  last_pipeline: pipeline.nullable(),
  project_id: z.int(),
  stats: entity({ additions: z.int(), deletions: z.int(), total: z.int() }),
  status: z.string().nullable(),
});

/** https://docs.gitlab.com/api/branches/ */
const branch = entity({
  can_push: z.boolean(),
  commit,
  default: z.boolean(),
  developers_can_merge: z.boolean(),
  developers_can_push: z.boolean(),
  merged: z.boolean(),
  name: z.string(),
  protected: z.boolean(),
  web_url: z.url(),
});

/** https://docs.gitlab.com/api/tags/ */
const tag = entity({
  commit,
  created_at: moment.nullable(),
  message: z.string(),
  name: z.string(),
  protected: z.boolean(),
  release: entity({ tag_name: z.string(), description: z.string() }).nullable(),
  target: z.string(),
});

const treeEntry = entity({
  id: z.string(),
  mode: z.string(),
  name: z.string(),
  path: z.string(),
  type: z.enum(["tree", "blob", "commit"]),
});

/** https://docs.gitlab.com/api/repository_files/ */
const file = entity({
  blob_id: z.string(),
  commit_id: z.string(),
  content: z.string(),
  content_sha256: z.string(),
  encoding: z.string(),
  execute_filemode: z.boolean(),
  file_name: z.string(),
  file_path: z.string(),
  last_commit_id: z.string(),
  ref: z.string(),
  size: z.int(),
});

const changedFile = entity({ branch: z.string(), file_path: z.string() });

/** The commit that changes one file: https://docs.gitlab.com/api/repository_files/ */
const fileCommit = {
  branch: needed,
  commit_message: needed,
  start_branch: text,
  author_email: text,
  author_name: text,
};

/** https://docs.gitlab.com/api/repositories/ */
export const operations: Record<string, Operation> = {
  "GET /projects/:id/repository/branches": {
    request: entity({ ...paging, search: text, regex: text, sort: text, page_token: text }),
    responses: { 200: z.array(branch) },
    users: ["client"],
  },
  "GET /projects/:id/repository/branches/:branch": {
    responses: { 200: branch },
    users: ["plugin", "client"],
  },
  "POST /projects/:id/repository/branches": {
    request: entity({ branch: needed, ref: needed }),
    responses: { 201: branch },
    users: ["client"],
  },
  "DELETE /projects/:id/repository/branches/:branch": { responses: { 204: "nothing" }, users: ["client"] },
  "GET /projects/:id/repository/tags": {
    request: entity({ ...paging, sort: text, order_by: text, search: text, page_token: text }),
    responses: { 200: z.array(tag) },
    users: ["journey", "client"],
  },
  "GET /projects/:id/repository/tags/:tag_name": { responses: { 200: tag }, users: ["client"] },
  "POST /projects/:id/repository/tags": {
    request: entity({ tag_name: needed, ref: needed, message: text }),
    responses: { 201: tag },
    users: ["client"],
  },
  "DELETE /projects/:id/repository/tags/:tag_name": { responses: { 204: "nothing" }, users: ["client"] },
  "GET /projects/:id/repository/commits": {
    request: entity({
      ...paging,
      ref_name: text,
      since: text,
      until: text,
      path: text,
      author: text,
      all: flag,
      with_stats: flag,
      first_parent: flag,
      order: text,
      trailers: flag,
    }),
    responses: { 200: z.array(commit) },
    users: ["client"],
  },
  "GET /projects/:id/repository/commits/:sha": {
    request: entity({ stats: flag }),
    responses: { 200: commitDetail },
    users: ["client"],
  },
  "GET /projects/:id/repository/commits/:sha/signature": {
    responses: { 200: z.never() },
    users: ["posture"],
  },
  "POST /projects/:id/repository/commits": {
    request: entity({
      branch: needed,
      commit_message: needed,
      actions: neededObjects,
      start_branch: text,
      start_sha: text,
      author_email: text,
      author_name: text,
      stats: flag,
      force: flag,
    }),
    responses: { 201: commitDetail },
    users: ["client"],
  },
  "GET /projects/:id/repository/tree": {
    request: entity({
      ...paging,
      ref: text,
      path: text,
      recursive: flag,
      pagination: text,
      page_token: text,
    }),
    responses: { 200: z.array(treeEntry) },
    users: ["status", "client"],
  },
  "GET /projects/:id/repository/files/:file_path": {
    request: entity({ ref: needed }),
    responses: { 200: file },
    users: ["client"],
  },
  "GET /projects/:id/repository/files/:file_path/raw": {
    request: entity({ ref: text, lfs: flag }),
    responses: { 200: "file" },
    users: ["client"],
  },
  "POST /projects/:id/repository/files/:file_path": {
    request: entity({
      ...fileCommit,
      content: needed,
      encoding: text,
      last_commit_id: text,
      execute_filemode: flag,
    }),
    responses: { 201: changedFile },
    users: ["client"],
  },
  "PUT /projects/:id/repository/files/:file_path": {
    request: entity({
      ...fileCommit,
      content: needed,
      encoding: text,
      last_commit_id: text,
      execute_filemode: flag,
    }),
    responses: { 200: changedFile },
    users: ["client"],
  },
  "DELETE /projects/:id/repository/files/:file_path": {
    request: entity({
      ...fileCommit,
    }),
    responses: { 204: "nothing" },
    users: ["client"],
  },
};
