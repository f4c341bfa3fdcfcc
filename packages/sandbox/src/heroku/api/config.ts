import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Platform } from "../platform.ts";
import type { App } from "../state.ts";
import { draftOf, findApp, param, parseBody } from "./common.ts";
import { invalid } from "./errors.ts";
import { findRelease } from "./releases.ts";

const KEY = /^[A-Za-z_][A-Za-z0-9_]*$/;
// https://devcenter.heroku.com/articles/config-vars#policies
const MAX_BYTES = 64 * 1024;

const schema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** https://devcenter.heroku.com/articles/platform-api-reference#config-vars */
export function configRoutes(api: FastifyInstance, platform: Platform): void {
  const { store, vault } = platform;

  api.get("/apps/:app/config-vars", { config: { scope: "read-protected" } }, async (request) =>
    platform.config(findApp(platform, request)),
  );

  api.get(
    "/apps/:app/releases/:release/config-vars",
    { config: { scope: "read-protected" } },
    async (request) => {
      const release = findRelease(findApp(platform, request), param(request, "release"));
      return Object.fromEntries(
        Object.entries(release.config).map(([key, value]) => [key, vault.open(value)]),
      );
    },
  );

  api.patch("/apps/:app/config-vars", { config: { scope: "write-protected" } }, async (request) => {
    const app = findApp(platform, request);
    const body = parseBody(schema, request);
    for (const key of Object.keys(body)) {
      if (!KEY.test(key) || key.startsWith("__")) {
        throw invalid(
          `Config var name ${JSON.stringify(key)} is invalid: letters, digits and underscores, not beginning with a digit or two underscores.`,
        );
      }
    }
    const releaseId = await store.update((state) => {
      const draft = draftOf(state.apps, app.id);
      const { set, removed } = applyChanges(platform, draft, body);
      const parts = [
        ...(set.length > 0 ? [`Set ${set.join(", ")}`] : []),
        ...(removed.length > 0 ? [`Remove ${removed.join(", ")}`] : []),
      ];
      if (parts.length === 0) return undefined;
      const count = set.length + removed.length;
      const description = `${parts.join(", ")} config ${count === 1 ? "var" : "vars"}`;
      return platform.addRelease(draft, { description, userId: request.authorization.accountId }).id;
    });
    const updated = draftOf(store.data.apps, app.id);
    if (releaseId !== undefined) void platform.activate(app.id, releaseId);
    return platform.config(updated);
  });
}

/** Applies what really changes, so that setting the same values again makes no release. */
function applyChanges(platform: Platform, draft: App, body: z.output<typeof schema>) {
  const before = platform.config(draft);
  const set: string[] = [];
  const removed: string[] = [];
  for (const [key, value] of Object.entries(body)) {
    if (value === null) {
      if (!(key in before)) continue;
      delete draft.config[key];
      removed.push(key);
    } else if (before[key] !== String(value)) {
      draft.config[key] = platform.vault.seal(String(value));
      set.push(key);
    }
  }
  const size = Object.entries(platform.config(draft)).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  if (size > MAX_BYTES) throw invalid(`Config vars exceed the limit of ${MAX_BYTES / 1024} KB.`);
  return { set, removed };
}
