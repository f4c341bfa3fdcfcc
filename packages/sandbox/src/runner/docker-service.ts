import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expandText } from "../gitlab/pipelines/expand.ts";
import type { Trace } from "./trace.ts";

/** A docker engine beside the job: https://docs.gitlab.com/ci/docker/docker_in_docker/ */

type Service = string | { name?: string; command?: unknown };

/** What the engine waits before it takes requests, when it is to serve everybody in plain text and was not told why. */
const SLOWED_DOWN_MS = 16_000;

/**
 * The runner binds the host's docker socket (https://docs.gitlab.com/ci/docker/using_docker_build/), so a
 * docker-in-docker service has no use; other services cannot be reached from the host's network.
 * @returns the milliseconds that the service would take to come up where it is told to go without TLS by a variable alone
 */
export function checkServices(services: unknown, variables: Record<string, string>, trace: Trace): number {
  let delayMs = 0;
  for (const service of (services ?? []) as Service[]) {
    const { name: given = "", command } = typeof service === "string" ? { name: service } : service;
    const name = expandText(given, variables);
    if (name === "") continue;
    if (!/(^|\/)docker:[^/]*dind/.test(name)) {
      throw new Error(`service ${name}: this runner starts no services (its jobs use the host's network)`);
    }
    trace.line(`Service ${name} is not started: this runner binds the docker socket of its host.`);
    if (/^tcp:\/\/(docker|localhost)[:/]/.test(variables.DOCKER_HOST ?? "")) {
      trace.line(`DOCKER_HOST=${variables.DOCKER_HOST} pointed to that service and is left out.`);
      delete variables.DOCKER_HOST;
    }
    if (isSlowedDown(command, variables)) {
      // The engine's own words: https://github.com/moby/moby/blob/master/daemon/command/daemon.go
      trace.line(
        "[DEPRECATION NOTICE]: API is accessible on http://0.0.0.0:2375 without encryption. In future versions this " +
          "will be a hard failure preventing the daemon from starting! You can override this by explicitly specifying " +
          "'--tls=false' or '--tlsverify=false'. Startup is intentionally being slowed down to show this message.",
      );
      delayMs = SLOWED_DOWN_MS;
    }
  }
  return delayMs;
}

/** Whether TLS is off (https://hub.docker.com/_/docker says how) and the engine's command does not say that it is to be. */
function isSlowedDown(command: unknown, variables: Record<string, string>): boolean {
  const words = [command ?? []].flat().map(String);
  return variables.DOCKER_TLS_CERTDIR === "" && !words.some((word) => /^--tls(verify)?=false$/.test(word));
}

/** A docker socket for a job: the engine's own, or one that is deaf for a time. */
export interface DockerSocket {
  readonly path: string;
  close(): Promise<void>;
}

/** The engine's socket as a job sees it; until `ready` it ends every connection without an answer. */
export async function socketFor(target: string, ready: Promise<unknown>): Promise<DockerSocket> {
  const folder = await mkdtemp(join(tmpdir(), "docker-socket-"));
  const path = join(folder, "docker.sock");
  let isReady = false;
  ready.then(
    () => {
      isReady = true;
    },
    () => undefined,
  );
  const server = createServer({ allowHalfOpen: true }, (client) => {
    // A client may go at any moment, and an engine too.
    client.on("error", () => client.destroy());
    if (!isReady) return void client.destroy();
    const engine = createConnection({ path: target, allowHalfOpen: true });
    engine.on("error", () => client.destroy());
    client.on("close", () => engine.destroy());
    client.pipe(engine).pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  return {
    path,
    async close() {
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The socket that a job finds, given how long its docker-in-docker service would take to come up. */
export async function jobSocket(target: string, delayMs: number, signal: AbortSignal): Promise<DockerSocket> {
  if (delayMs === 0) return { path: target, close: async () => undefined };
  return socketFor(target, sleep(delayMs, undefined, { signal }));
}
