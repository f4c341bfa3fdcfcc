import { randomBytes } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { repositoryRoot, type SandboxContext, type Service } from "./context.ts";
import { withFaults } from "./faults/http.ts";
import { registryAnswers } from "./faults/registry-answers.ts";
import type { FaultyService } from "./faults/rules.ts";
import { keepLayers, lendLayer } from "./layer-cache.ts";
import { describeError, rotate } from "./log.ts";
import { endTracked, spawnTracked } from "./process.ts";
import { createProxy, type RegistryRules } from "./registry-proxy.ts";
import { askSocket, removeIfLast, type SocketAnswer, socketPath } from "./sockets.ts";

/** Layers that the registries of this checkout's sandboxes have had. */
const layerCache = join(repositoryRoot, ".cache/layers");

/** A registry to start, and its rules. */
export interface RegistryOptions extends RegistryRules {
  /** Name of the registry within the sandbox: its log, process and storage folder. */
  name: Extract<FaultyService, `${string}-registry`>;
  /** The loopback port that clients use. */
  port: number;
}

/** A running registry. */
export interface Registry extends Service {
  /** Host and port as image names begin with, e.g. `127.0.0.1:5051`. */
  host: string;
  /** Credentials that the sandbox's own engine pulls with; they end with this process. */
  internal: { username: string; password: string };
  /** A request to the registry behind the authentication, for the sandbox's own use. */
  fetch(method: string, path: string, headers?: Record<string, string>): Promise<SocketAnswer>;
}

/**
 * Starts Debian's `docker-registry` with its storage in `<stateDir>/<name>` on a unix socket that only this
 * user can reach, and an authenticating proxy in front of it on 127.0.0.1:`port`.
 */
export async function startRegistry(ctx: SandboxContext, options: RegistryOptions): Promise<Registry> {
  const log = ctx.log(options.name);
  const folder = join(ctx.stateDir, options.name);
  const socket = socketPath(ctx.stateDir, options.name);
  await endTracked(ctx.stateDir, options.name);
  rmSync(socket, { force: true });
  const config = writeConfig(folder, socket);

  const logFile = join(ctx.stateDir, "logs", `${options.name}.process.log`);
  rotate(logFile);
  // Its own to write: through a pipe, a log that cannot be written would stop it.
  const output = openSync(logFile, "a", 0o600);
  const child = spawnTracked(ctx.stateDir, options.name, "docker-registry", ["serve", config], {
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  let ended: Error | undefined;
  let closing = false;
  child.once("error", (error) => {
    ended = new Error("cannot start `docker-registry` (Debian package docker-registry)", { cause: error });
  });
  child.once("exit", (code, signal) => {
    ended = new Error(`docker-registry ended (${signal ?? `exit code ${code}`}); see ${logFile}`);
    if (!closing) log.error(ended.message);
  });

  const fetch = (method: string, path: string, headers: Record<string, string> = {}) =>
    askSocket(socket, method, path, { headers });
  await waitReady(fetch, () => ended);

  const internal = { username: "sandbox-internal", password: randomBytes(24).toString("base64url") };
  const storage = join(folder, "storage");
  const proxy = createProxy({
    ...options,
    socket,
    internal,
    log,
    // Where something is to go wrong, nothing is to be skipped.
    beforeBlobIsLookedUp: async (blob) => {
      if (!ctx.faults.active) await lendLayer(layerCache, storage, blob);
    },
    afterManifest: ({ manifest }) =>
      keepLayers(layerCache, storage, manifest).catch((error: unknown) =>
        log.error(`layers are not kept for other sandboxes: ${describeError(error)}`),
      ),
  });
  const answers = registryAnswers(options.realm);
  const placeOf = (path: string) => ({ service: options.name, path, answers });
  const server = createServer(withFaults(ctx.faults, placeOf, proxy));
  // Image layers are large: no limit on a whole request, only on its headers.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  log.info(`listening on 127.0.0.1:${options.port}`);

  return {
    host: `127.0.0.1:${options.port}`,
    internal,
    fetch,
    async close() {
      closing = true;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      await endTracked(ctx.stateDir, options.name);
      rmSync(socket, { force: true });
      removeIfLast(socket);
    },
  };
}

/** The registry's configuration: https://distribution.github.io/distribution/about/configuration/ */
function writeConfig(folder: string, socket: string): string {
  mkdirSync(join(folder, "storage"), { recursive: true, mode: 0o700 });
  const file = join(folder, "config.yml");
  const secretFile = join(folder, "http-secret");
  // Kept over a restart: the state of an upload under way is signed with it.
  if (!existsSync(secretFile)) writeFileSync(secretFile, randomBytes(32).toString("hex"), { mode: 0o600 });
  const config = {
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: join(folder, "storage") },
      delete: { enabled: true },
      redirect: { disable: true },
    },
    http: {
      net: "unix",
      addr: socket,
      secret: readFileSync(secretFile, "utf8"),
      relativeurls: true,
      headers: { "X-Content-Type-Options": ["nosniff"] },
    },
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  return file;
}

async function waitReady(fetch: Registry["fetch"], ended: () => Error | undefined): Promise<void> {
  const deadline = Date.now() + 15_000;
  let last: unknown;
  while (Date.now() < deadline) {
    const error = ended();
    if (error !== undefined) throw error;
    try {
      const answer = await fetch("GET", "/v2/");
      if (answer.status === 200) return;
      last = new Error(`it answers ${answer.status}`);
    } catch (cause) {
      last = cause;
    }
    await sleep(30);
  }
  throw new Error("docker-registry was not ready within 15 seconds", { cause: last });
}
