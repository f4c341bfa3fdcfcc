import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Run } from "./run.ts";

/** Debian's registry server on a loopback port, with an empty storage of its own. */
export interface Registry {
  /** Pushes an image under a tag and returns the digests and sizes of its configuration and layers. */
  push(image: string, tag: string): Promise<Map<string, number>>;
  /** Every blob (layer, configuration, manifest) that the registry has, with its size in bytes. */
  blobs(): Map<string, number>;
}

interface Manifest {
  config: Blob;
  layers: Blob[];
}

interface Blob {
  digest: string;
  size: number;
}

/** Starts the registry; it ends with the run. */
export async function startRegistry(run: Run): Promise<Registry> {
  const folder = path.join(run.folder, "registry");
  const storage = path.join(folder, "storage");
  mkdirSync(storage, { recursive: true });
  const host = `127.0.0.1:${await freePort()}`;
  const config = path.join(folder, "config.yml");
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: "error", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
      http: { addr: host },
    }),
  );
  const log = path.join(folder, "log");
  const output = openSync(log, "w");
  // It ends with this process, also when that is killed.
  const server = spawn("setpriv", ["--pdeathsig", "KILL", "docker-registry", "serve", config], {
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  run.atEnd(async () => {
    server.kill();
    while (server.pid !== undefined && server.exitCode === null && server.signalCode === null)
      await sleep(10);
  });
  try {
    await answers(`http://${host}/v2/`, server);
  } catch (cause) {
    throw new Error(`docker-registry (Debian package) does not serve: ${readFileSync(log, "utf8")}`, {
      cause,
    });
  }

  return {
    async push(image, tag) {
      const local = run.imageName(tag);
      const name = `${host}/${local}`;
      await run.docker(["tag", image, name]);
      try {
        await run.docker(["push", "--quiet", name]);
      } finally {
        if (!run.signal.aborted) await run.docker(["rmi", name]);
      }
      return blobsOf(`http://${host}/v2/${local.replace(":", "/manifests/")}`);
    },
    blobs: () => blobsBelow(path.join(storage, "docker/registry/v2/blobs/sha256")),
  };
}

/** The blobs of `after` that are not in `before`, in bytes. */
export function bytesAdded(before: Map<string, number>, after: Map<string, number>): number {
  return total([...after].filter(([digest]) => !before.has(digest)).map(([, size]) => size));
}

/** Sum of numbers. */
export const total = (sizes: Iterable<number>) => [...sizes].reduce((sum, size) => sum + size, 0);

async function blobsOf(url: string): Promise<Map<string, number>> {
  const answer = await fetch(url, {
    headers: { accept: "application/vnd.docker.distribution.manifest.v2+json" },
  });
  if (!answer.ok) throw new Error(`GET ${url} answers ${answer.status}: ${await answer.text()}`);
  const manifest = (await answer.json()) as Manifest;
  return new Map([manifest.config, ...manifest.layers].map(({ digest, size }) => [digest, size]));
}

/** https://distribution.github.io/distribution/ keeps a blob at `<first two digits>/<digest>/data`. */
function blobsBelow(folder: string): Map<string, number> {
  return new Map(
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => path.basename(file) === "data")
      .map((file) => [`sha256:${path.basename(path.dirname(file))}`, statSync(path.join(folder, file)).size]),
  );
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  let problem: unknown;
  server.once("error", (error) => {
    problem = error;
  });
  for (const end = Date.now() + 15_000; Date.now() < end; await sleep(50)) {
    if (server.exitCode !== null) problem = new Error(`it ended with code ${server.exitCode}`);
    if (problem) throw problem;
    try {
      if ((await fetch(url)).ok) return;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // not listening yet
    }
  }
  throw new Error("it did not answer within 15 seconds of its start");
}

/** A loopback port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("the system gave no port number");
  return address.port;
}
