import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxContext } from "../core/context.ts";
import { type Registry, startRegistry } from "../core/registry.ts";
import type { ManifestPut, RegistryAccess, RegistryError } from "../core/registry-proxy.ts";
import type { Store } from "../core/store.ts";
import { canAccess, hasScope, verifyToken } from "./access.ts";
import type { App, HerokuState, Scope } from "./state.ts";

/** Heroku's image registry: https://devcenter.heroku.com/articles/container-registry-and-runtime */
export interface HerokuRegistry extends Registry {
  /** Removes what was pushed for an app. */
  removeApp(name: string): Promise<void>;
  renameApp(from: string, to: string): Promise<void>;
}

const NAME = "heroku-registry";
const MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const KEPT_PUSHES = 50;

const denied: RegistryError = {
  status: 403,
  code: "DENIED",
  message: "requested access to the resource is denied",
};

/**
 * Starts the registry. The user name does not matter (`_` by custom), the password is an API token.
 * Images are named `<app>/<process type>`. Which OAuth scope suffices is not documented by Heroku; here a
 * push needs `write-protected` and a pull `read-protected` (or `global`), the narrowest that could do.
 */
export async function startHerokuRegistry(
  ctx: SandboxContext,
  store: Store<HerokuState>,
): Promise<HerokuRegistry> {
  const registry = await startRegistry(ctx, {
    name: NAME,
    port: ctx.ports.herokuRegistry,
    realm: "registry.heroku.com",
    authorize: (_user, password, access) => authorize(store.data, password, access),
    acceptManifest,
    async onManifestPut({ repository, digest, manifest }) {
      const [appName = "", type = ""] = repository.split("/");
      const imageId = (manifest.config as { digest?: string } | undefined)?.digest;
      const layers = Array.isArray(manifest.layers) ? manifest.layers.length : 0;
      if (imageId === undefined) return;
      await store.update((state) => {
        const app = findApp(state, appName);
        if (app === undefined) return;
        const earlier = (app.pushes[type] ?? []).filter((push) => push.manifest !== digest);
        app.pushes[type] = [...earlier, { imageId, manifest: digest, layers }].slice(-KEPT_PUSHES);
      });
    },
  });
  const repositories = join(ctx.stateDir, NAME, "storage/docker/registry/v2/repositories");
  return {
    ...registry,
    async removeApp(name) {
      await rm(join(repositories, name), { recursive: true, force: true });
    },
    async renameApp(from, to) {
      if (existsSync(join(repositories, from)))
        await rename(join(repositories, from), join(repositories, to));
    },
  };
}

function authorize(
  state: HerokuState,
  password: string,
  { repository, actions }: RegistryAccess,
): boolean | RegistryError {
  const authorization = verifyToken(state, password);
  if (authorization === undefined) return false;
  if (repository === null) return actions.length === 0 ? true : denied;
  const [appName = "", type, ...rest] = repository.split("/");
  const app = findApp(state, appName);
  if (app === undefined || type === undefined || rest.length > 0) return denied;
  if (!canAccess(state, authorization.accountId, app)) return denied;
  if (actions.includes("delete")) return { status: 405, code: "UNSUPPORTED", message: "unsupported" };
  const enough: Scope[] = actions.includes("push")
    ? ["write-protected"]
    : ["read-protected", "write-protected"];
  return enough.some((scope) => hasScope(authorization, scope)) || denied;
}

/**
 * Heroku takes Docker's image manifest, version 2, schema 2, alone: no OCI manifest, no index and no list. It says no
 * more than this: https://github.com/akhilerm/tag-push-action/issues/299, https://github.com/heroku/cli/issues/3222
 */
function acceptManifest({ mediaType, manifest }: ManifestPut): RegistryError | undefined {
  const { schemaVersion, mediaType: own = mediaType } = manifest;
  if (mediaType === MANIFEST && own === MANIFEST && schemaVersion === 2) return undefined;
  return { status: 405, code: "UNSUPPORTED", message: "The operation is unsupported." };
}

function findApp(state: HerokuState, name: string): App | undefined {
  return Object.values(state.apps).find((app) => app.name === name);
}
