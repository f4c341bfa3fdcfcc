import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import type Docker from "dockerode";
import { type SandboxContext, sandboxLabels } from "../core/context.ts";
import { updateWithPatience } from "../core/full-disk.ts";
import { describeError, type Logger } from "../core/log.ts";
import { openStore, type Store } from "../core/store.ts";
import { type DynoLimits, HEROKU_LIMITS } from "./dynos/dyno.ts";
import { ensureNetwork, findImage, pullImage, removeContainers, removeImage } from "./dynos/engine.ts";
import { DynoManager } from "./dynos/manager.ts";
import { type Logplex, openLogplex } from "./logplex.ts";
import { type HerokuRegistry, startHerokuRegistry } from "./registry.ts";
import { openVault, type Vault } from "./secrets.ts";
import {
  type App,
  currentRelease,
  type HerokuState,
  latestRelease,
  type PushedImage,
  type Release,
  timestamp,
} from "./state.ts";

export interface PlatformOptions {
  /** Limits other than Heroku's, for tests that cannot wait a minute. */
  limits?: Partial<DynoLimits>;
  /** App names that somebody else has taken. */
  reservedNames?: string[];
}

/** The parts of the platform that the API and the router work on. */
export interface Platform {
  ctx: SandboxContext;
  log: Logger;
  store: Store<HerokuState>;
  vault: Vault;
  logplex: Logplex;
  registry: HerokuRegistry;
  dynos: DynoManager;
  reservedNames: ReadonlySet<string>;
  /** The config vars of an app in plain text. */
  config(app: App): Record<string, string>;
  /** The app's address on the router. */
  hostname(app: App): string;
  webUrl(app: App): string;
  /** Adds a release to a draft of the app; its images and config are the app's current ones unless given. */
  addRelease(draft: App, release: NewRelease): Release;
  /** Makes the newest release live: pulls its images, then restarts the dynos. Never rejects. */
  activate(appId: string, releaseId: string): Promise<void>;
  /** Brings back the dynos of every app, and releases that were under way, after a start of the sandbox. */
  resume(): void;
  /** Removes the images of a deleted app from the engine. */
  removeImages(app: App): Promise<void>;
  close(): Promise<void>;
}

export interface NewRelease {
  description: string;
  userId: string;
  images?: Record<string, PushedImage>;
  /** The images have to be fetched first: the release stays pending until they are. */
  pending?: boolean;
}

export async function openPlatform(ctx: SandboxContext, options: PlatformOptions): Promise<Platform> {
  const folder = join(ctx.stateDir, "heroku");
  const log = ctx.log("heroku");
  const empty: HerokuState = { accounts: {}, authorizations: {}, teams: {}, apps: {} };
  const store = openStore(join(folder, "state.json"), empty, () => ctx.faults.beforeWrite("heroku"));
  const vault = await openVault(join(folder, "key"));
  const logplex = openLogplex(join(folder, "logs"));
  const labels = sandboxLabels(ctx);
  // Dynos of a daemon that was killed: the new ones replace them.
  await removeContainers(ctx.docker, ctx.id);
  const network = await ensureNetwork(ctx.docker, `tag-to-endpoint-${ctx.id}`, labels);
  const registry = await startHerokuRegistry(ctx, store);

  const config = (app: App) =>
    Object.fromEntries(Object.entries(app.config).map(([key, value]) => [key, vault.open(value)]));
  const dynos = new DynoManager({
    docker: ctx.docker,
    network,
    labels,
    limits: { ...HEROKU_LIMITS, ...options.limits },
    fault: ({ name, spec }) => ctx.faults.ofDyno(store.data.apps[spec.appId]?.name ?? "", name),
    logplex,
    app: (id) => store.data.apps[id],
    environment: (app) => {
      const release = currentRelease(app);
      return Object.fromEntries(
        Object.entries(release?.config ?? {}).map(([key, value]) => [key, vault.open(value)]),
      );
    },
  });
  const platform: Platform = {
    ctx,
    log,
    store,
    vault,
    logplex,
    registry,
    dynos,
    reservedNames: new Set(options.reservedNames ?? RESERVED_NAMES),
    config,
    hostname: (app) => `${app.name}-${app.suffix}.localhost`,
    webUrl: (app) => `http://${app.name}-${app.suffix}.localhost:${ctx.ports.router}/`,
    addRelease,
    activate(appId, releaseId) {
      announce(platform, appId, releaseId);
      return activate(platform, appId, releaseId);
    },
    resume: () => resume(platform),
    removeImages: (app) => removeImages(platform, app),
    async close() {
      await dynos.close();
      await registry.close();
      await store.close();
    },
  };
  return platform;
}

/** Releases whose images stay in the engine for a quick rollback; the registry has them all. */
const KEPT_RELEASES = 5;

/** Names that are never free, as the names of Heroku's own apps are not. */
export const RESERVED_NAMES = ["www", "api", "dashboard", "devcenter", "registry", "example", "myapp"];

/** The random part of an app's hostname. */
export function newSuffix(): string {
  return randomBytes(6).toString("hex");
}

function addRelease(draft: App, { description, userId, images, pending: fetch }: NewRelease): Release {
  const now = timestamp();
  const base = latestRelease(draft);
  // A change of the config while images are still being fetched waits for them too.
  const pending = fetch === true || base?.status === "pending";
  const release: Release = {
    id: randomUUID(),
    version: (draft.releases.at(-1)?.version ?? 0) + 1,
    status: pending ? "pending" : "succeeded",
    description,
    userId,
    createdAt: now,
    updatedAt: now,
    images: images ?? base?.images ?? {},
    config: { ...draft.config },
  };
  draft.releases.push(release);
  draft.updatedAt = now;
  if (!pending) draft.releasedAt = now;
  return release;
}

/** The lines that Heroku's API writes to the app's log. */
function announce({ store, logplex }: Platform, appId: string, releaseId: string): void {
  const release = store.data.apps[appId]?.releases.find(({ id }) => id === releaseId);
  if (release === undefined) return;
  const user = store.data.accounts[release.userId]?.email ?? "";
  logplex.write(appId, "app", "api", `${release.description} by user ${user}`);
  logplex.write(appId, "app", "api", `Release v${release.version} created by user ${user}`);
}

async function activate(platform: Platform, appId: string, releaseId: string): Promise<void> {
  const { store, logplex, log } = platform;
  const find = () => store.data.apps[appId]?.releases.find(({ id }) => id === releaseId);
  const release = find();
  if (release === undefined) return;
  try {
    if (release.status === "pending") {
      const status = await fetchImages(platform, appId, release);
      await updateWithPatience(store, platform.ctx.abort, (state) =>
        settleRelease(state.apps[appId], releaseId, status),
      );
    }
    const app = store.data.apps[appId];
    // A later release may have overtaken this one while its images were fetched.
    if (app !== undefined && currentRelease(app)?.id === releaseId) {
      await platform.dynos.redeploy(appId);
      await removeImages(platform, app, KEPT_RELEASES);
    }
  } catch (error) {
    // The caller has its answer already: what went wrong is for the app's log and the sandbox's.
    log.error(`release v${release.version} of app ${appId}: ${describeError(error)}`);
    logplex.write(appId, "heroku", "release", `Release failed: ${describeError(error)}`);
  }
}

async function hasImages(docker: Docker, release: Release): Promise<boolean> {
  const names = Object.values(release.images).map((image) => findImage(docker, image));
  return (await Promise.all(names)).every((name) => name !== undefined);
}

async function fetchImages(
  platform: Platform,
  appId: string,
  release: Release,
): Promise<"succeeded" | "failed"> {
  const { ctx, registry, logplex, log, store } = platform;
  for (const [type, image] of Object.entries(release.images)) {
    const app = store.data.apps[appId];
    if (app === undefined) return "failed";
    try {
      await pullImage(ctx.docker, imageReference(registry, app, type, image), registry.internal);
    } catch (error) {
      log.error(`cannot pull the ${type} image of ${app.name}: ${describeError(error)}`);
      logplex.write(
        appId,
        "heroku",
        "release",
        `The image of ${type} could not be fetched: ${describeError(error)}`,
      );
      return "failed";
    }
  }
  return "succeeded";
}

function settleRelease(draft: App | undefined, releaseId: string, status: Release["status"]): void {
  const release = draft?.releases.find(({ id }) => id === releaseId);
  if (draft === undefined || release === undefined) return;
  const now = timestamp();
  release.status = status;
  release.updatedAt = now;
  if (status !== "succeeded") return;
  draft.releasedAt = now;
}

function resume(platform: Platform): void {
  for (const app of Object.values(platform.store.data.apps)) {
    const pending = app.releases.filter(({ status }) => status === "pending");
    for (const release of pending) void activate(platform, app.id, release.id);
    const current = currentRelease(app);
    if (current !== undefined) void bringBack(platform, app, current);
  }
}

/** Starts the dynos of a release; somebody may have cleared the engine (`docker image prune`) in between. */
async function bringBack(platform: Platform, app: App, release: Release): Promise<void> {
  try {
    if (!(await hasImages(platform.ctx.docker, release))) await fetchImages(platform, app.id, release);
  } catch (error) {
    platform.log.error(`images of ${app.name}: ${describeError(error)}`);
  }
  await activate(platform, app.id, release.id);
}

/** Removes the app's images from the engine, those of its newest `kept` releases left out. */
async function removeImages(platform: Platform, app: App, kept = 0): Promise<void> {
  const { ctx, registry } = platform;
  const references = (releases: Release[]) =>
    releases.flatMap(({ images }) =>
      Object.entries(images).map(([type, image]) => imageReference(registry, app, type, image)),
    );
  const boundary = Math.max(0, app.releases.length - kept);
  const needed = new Set(references(app.releases.slice(boundary)));
  // Older ones have gone when the release after them came.
  const old = kept === 0 ? app.releases : app.releases.slice(Math.max(0, boundary - kept), boundary);
  for (const reference of new Set(references(old))) {
    if (!needed.has(reference)) await removeImage(ctx.docker, reference);
  }
}

function imageReference(registry: HerokuRegistry, app: App, type: string, image: PushedImage): string {
  return `${registry.host}/${app.name}/${type}@${image.manifest}`;
}
