import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { DEFAULT_SIZE, findSize } from "../catalogue.ts";
import type { Platform } from "../platform.ts";
import { standingOf } from "../standing.ts";
import { type App, latestRelease, type PushedImage, timestamp } from "../state.ts";
import { draftOf, findApp, param, parseBody, sendList } from "./common.ts";
import { invalid, notFound, notImplemented } from "./errors.ts";
import { serializeProcess } from "./serialize.ts";

const MAX_QUANTITY = 100;

const change = {
  // The official command line sends text, with a sign for a change of what is there.
  quantity: z
    .union([
      z.number().int().min(0),
      z.string().regex(/^[+-]?\d{1,4}$/, "a whole number, or one with a sign to add or take off"),
    ])
    .nullish(),
  size: z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]).nullish(),
  docker_image: z.string().nullish(),
};
const singleSchema = z.object(change);
const batchSchema = z.object({ updates: z.array(z.object({ type: z.string(), ...change })).min(1) });
type Update = z.output<typeof batchSchema>["updates"][number];

/** https://devcenter.heroku.com/articles/platform-api-reference#formation */
export function formationRoutes(api: FastifyInstance, platform: Platform): void {
  const { store } = platform;
  const findProcess = (app: App, identity: string) => {
    const found = Object.values(app.formation).find(({ id, type }) => id === identity || type === identity);
    if (found === undefined) throw notFound("formation", `process type (${identity})`);
    return found;
  };

  api.get("/apps/:app/formation", { config: { scope: "read" } }, async (request, reply) => {
    const app = findApp(platform, request);
    const list = Object.values(app.formation).map((process) =>
      serializeProcess(app, process, request.variant),
    );
    return sendList(request, reply, list, ["type", "id"]);
  });

  api.get("/apps/:app/formation/:type", { config: { scope: "read" } }, async (request) => {
    const app = findApp(platform, request);
    return serializeProcess(app, findProcess(app, param(request, "type")), request.variant);
  });

  api.patch("/apps/:app/formation/:type", { config: { scope: "write" } }, async (request) => {
    const app = findApp(platform, request);
    const identity = param(request, "type");
    const known = Object.values(app.formation).find(({ id }) => id === identity)?.type ?? identity;
    const [process] = await applyUpdates(request, app, [
      { type: known, ...parseBody(singleSchema, request) },
    ]);
    return process;
  });

  api.patch("/apps/:app/formation", { config: { scope: "write" } }, async (request) => {
    const app = findApp(platform, request);
    return applyUpdates(request, app, parseBody(batchSchema, request).updates);
  });

  async function applyUpdates(request: FastifyRequest, app: App, updates: Update[]) {
    if (request.variant !== "docker-releases" && updates.some(({ docker_image }) => docker_image != null)) {
      throw invalid("docker_image needs `Accept: application/vnd.heroku+json; version=3.docker-releases`.");
    }
    if (updates.some(({ size }) => size != null && findSize(size)?.name === "Eco")) checkEco(platform, app);
    const releaseId = await store.update((state) => {
      const draft = draftOf(state.apps, app.id);
      const id = releaseImages(platform, draft, updates, request.authorization.accountId);
      for (const update of updates) scaleProcess(draft, update);
      return id;
    });
    if (releaseId !== undefined) void platform.activate(app.id, releaseId);
    else await platform.dynos.scale(app.id);
    const updated = draftOf(store.data.apps, app.id);
    return updates.map(({ type }) => serializeProcess(updated, findProcess(updated, type), request.variant));
  }
}

/** Eco dynos are for apps of an account that has subscribed to them; what Heroku says to others is not documented. */
function checkEco({ ctx, store }: Platform, { teamId, ownerId }: App): void {
  if (teamId !== null) throw notImplemented("an answer to Eco dynos of a team");
  if (!standingOf(ctx, store.data.accounts[ownerId]).ecoPlan) {
    throw notImplemented("an answer to Eco dynos without a subscription to them");
  }
}

/**
 * Makes a pending release of the images that the updates name, each pushed to `<app>/<type>` before.
 * https://devcenter.heroku.com/articles/container-registry-and-runtime#api
 */
function releaseImages(
  platform: Platform,
  draft: App,
  updates: Update[],
  userId: string,
): string | undefined {
  const current = latestRelease(draft)?.images ?? {};
  const images: Record<string, PushedImage> = {};
  for (const { type, docker_image: wanted } of updates) {
    if (wanted == null) continue;
    const imageId = wanted.startsWith("sha256:") ? wanted : `sha256:${wanted}`;
    const pushed = draft.pushes[type]?.findLast((push) => push.imageId === imageId);
    if (pushed === undefined) {
      throw notFound(
        "docker_image",
        `image ${imageId} in the registry: push it to ${draft.name}/${type} first`,
      );
    }
    if (current[type]?.imageId === imageId) {
      throw invalid(
        `The process type ${type} was not updated, because it is already running the specified docker image.`,
      );
    }
    images[type] = pushed;
  }
  const types = Object.keys(images);
  if (types.length === 0) return undefined;
  draft.stack = "container";
  draft.buildStack = "container";
  for (const type of types) draft.formation[type] ??= newProcess(type);
  const list = types
    .map((type) => `${type} (${images[type]?.imageId.slice("sha256:".length, 19)})`)
    .join(", ");
  return platform.addRelease(draft, {
    description: `Deployed ${list}`,
    userId,
    images: { ...current, ...images },
    pending: true,
  }).id;
}

/** A process type that is released for the first time: one web dyno, none of any other. */
function newProcess(type: string) {
  const now = timestamp();
  const quantity = type === "web" ? 1 : 0;
  return { id: randomUUID(), type, quantity, size: DEFAULT_SIZE, createdAt: now, updatedAt: now };
}

function scaleProcess(draft: App, update: Update): void {
  if (update.quantity == null && update.size == null && update.docker_image != null) return;
  const process = draft.formation[update.type];
  if (process === undefined) throw notFound("formation", `process type (${update.type})`);
  const size = findSize(update.size ?? process.size);
  if (size === undefined) throw invalid(`No such size as ${update.size}.`);
  const quantity = newQuantity(process.quantity, update.quantity);
  if (size.single && quantity > 1) {
    throw invalid(`Cannot update to more than 1 ${size.name} size dynos per process type.`);
  }
  process.size = size.name;
  process.quantity = quantity;
  process.updatedAt = timestamp();
}

function newQuantity(current: number, wanted: Update["quantity"]): number {
  if (wanted == null) return current;
  const relative = typeof wanted === "string" && /^[+-]/.test(wanted);
  const quantity = relative ? current + Number(wanted) : Number(wanted);
  if (quantity < 0 || quantity > MAX_QUANTITY)
    throw invalid(`The quantity must be from 0 to ${MAX_QUANTITY}.`);
  return quantity;
}
