import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import type { ConditionsInput } from "./conditions.ts";
import { privateFolder, repositoryRoot, sandboxId } from "./context.ts";
import { keepLayers } from "./image-cache.ts";
import { type EngineTraces, findInEngine, removeFromEngine, sandboxesInEngine } from "./leftovers.ts";
import { describeError, rotate } from "./log.ts";
import { endAllTracked, endTracked, forgetProcess, recordProcess, runningPid } from "./process.ts";
import { socketFolder } from "./sockets.ts";

/** What a running daemon leaves for others to read (mode 0600: it holds tokens). */
export interface Ready {
  pid: number;
  urls: { gitlab: string; heroku: string; herokuRegistry: string; router: string };
  env: Record<string, string>;
  /** The socket of its faults. */
  control: string;
}

export type DaemonMessage =
  | { kind: "progress"; text: string }
  | { kind: "ready" }
  | { kind: "failed"; message: string };

export const READY_FILE = "ready.json";
const DAEMON = "daemon";
const START_MS = 180_000;
// Longer than a dyno may take to end (30 s).
const STOP_MS = 60_000;

/** Makes this process the one daemon of a state folder; an error when there is another. */
export function claimDaemon(stateDir: string): void {
  const pid = runningPid(stateDir, DAEMON);
  if (pid !== undefined && pid !== process.pid)
    throw new Error(`a sandbox is running already, process ${pid}`);
  recordProcess(stateDir, DAEMON, process.pid);
  rmSync(join(stateDir, READY_FILE), { force: true });
}

export function releaseDaemon(stateDir: string): void {
  if (runningPid(stateDir, DAEMON) !== process.pid) return;
  rmSync(join(stateDir, READY_FILE), { force: true });
  forgetProcess(stateDir, DAEMON, process.pid);
}

/** The running sandbox of a state folder; none when it is stopped or still starting. */
export function findRunning(stateDir: string): Ready | undefined {
  const file = join(stateDir, READY_FILE);
  const pid = runningPid(stateDir, DAEMON);
  if (pid === undefined || !existsSync(file)) return undefined;
  const ready = JSON.parse(readFileSync(file, "utf8")) as Ready;
  return ready.pid === pid ? ready : undefined;
}

export interface StartOptions {
  stateDir: string;
  /** Take the usual port numbers where they are free. */
  usualPorts: boolean;
  /** Log changing requests (default false). */
  recordsRequests?: boolean;
  /** What no API of the services can set (default: accounts in good standing); not for one that runs. */
  conditions?: ConditionsInput;
  /** Added to the environment of its process, and so of all that it starts. */
  env?: Readonly<Record<string, string>>;
  onProgress?(text: string): void;
}

/**
 * Starts the sandbox of a state folder as a process of its own and waits until it is ready. Does nothing
 * when it is running; two starts at the same moment make one sandbox.
 */
export async function startDaemon(options: StartOptions): Promise<Ready> {
  const stateDir = privateFolder(options.stateDir);
  const unlock = await lock(stateDir);
  try {
    const running = findRunning(stateDir);
    if (running !== undefined) {
      if (options.conditions !== undefined) {
        throw new Error("conditions are for the start of a sandbox, and this one runs; stop it first");
      }
      return running;
    }
    // A daemon that has not become ready, or that hangs: there is nothing to wait for.
    await endTracked(stateDir, DAEMON, STOP_MS);
    await spawnDaemon(stateDir, options);
    const ready = findRunning(stateDir);
    if (ready === undefined) throw new Error(`the sandbox ended at once; see ${join(stateDir, "logs")}`);
    return ready;
  } finally {
    unlock();
  }
}

async function spawnDaemon(
  stateDir: string,
  { usualPorts, recordsRequests, conditions, env, onProgress }: StartOptions,
): Promise<void> {
  const logs = join(stateDir, "logs");
  mkdirSync(logs, { recursive: true, mode: 0o700 });
  const outputFile = join(logs, "daemon.output.log");
  rotate(outputFile);
  const output = openSync(outputFile, "a", 0o600);
  const script = join(repositoryRoot, "packages/sandbox/src/daemon.ts");
  const args = [
    script,
    "--state",
    stateDir,
    ...(usualPorts ? [] : ["--free-ports"]),
    ...(recordsRequests ? ["--record-requests"] : []),
    ...(conditions === undefined ? [] : ["--conditions", JSON.stringify(conditions)]),
  ];
  const child = spawn(process.execPath, args, {
    cwd: repositoryRoot,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ["ignore", output, output, "ipc"],
  });
  closeSync(output);
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the sandbox was not ready within ${START_MS / 1000} seconds; see ${logs}`));
      }, START_MS);
      child.once("error", reject);
      child.once("exit", (code) =>
        reject(new Error(`the sandbox ended with exit code ${code}; see ${outputFile}`)),
      );
      child.on("message", (message: DaemonMessage) => {
        if (message.kind === "progress") onProgress?.(message.text);
        if (message.kind === "failed") reject(new Error(message.message));
        if (message.kind === "ready") resolve();
      });
    });
  } catch (error) {
    await endTracked(stateDir, DAEMON, STOP_MS);
    throw error;
  } finally {
    clearTimeout(timer);
    if (child.connected) child.disconnect();
    child.removeAllListeners();
    child.unref();
  }
}

/** Ends the sandbox and all its processes and containers; its state stays. Also after the daemon was killed. */
export async function stopDaemon(stateDir: string): Promise<void> {
  if (!existsSync(stateDir)) return;
  await endTracked(stateDir, DAEMON, STOP_MS);
  await endAllTracked(stateDir);
  rmSync(join(stateDir, READY_FILE), { force: true });
  await removeFromEngine(new Docker(), sandboxId(resolve(stateDir)), {
    containersOnly: true,
    registries: [],
  });
}

/**
 * Ends the sandbox and removes all that it made: state, containers, networks, volumes, images. Layers of images in its
 * container registry stay as a cache.
 */
export async function resetDaemon(stateDir: string): Promise<void> {
  const id = sandboxId(resolve(stateDir));
  const ports = readPorts(stateDir);
  if (existsSync(stateDir) && ports === undefined && existsSync(join(stateDir, "package.json"))) {
    throw new Error(
      `${stateDir} is not the state folder of a sandbox: it has a package.json and no ports.json`,
    );
  }
  await stopDaemon(stateDir);
  const docker = new Docker();
  if (ports !== undefined) await keepLayers(docker, registryAt(ports.gitlabRegistry));
  await removeFromEngine(docker, id, {
    containersOnly: false,
    registries: registriesAt(ports),
  });
  if (ports !== undefined || existsSync(join(stateDir, "run")))
    await rm(stateDir, { recursive: true, force: true });
  await rm(socketFolder(id), { recursive: true, force: true });
}

/** Removes what a sandbox made in the docker engine whose state folder is gone. */
export async function removeById(id: string): Promise<void> {
  await removeFromEngine(new Docker(), id, { containersOnly: false, registries: [] });
  await rm(socketFolder(id), { recursive: true, force: true });
}

/** What the sandbox of a state folder has in the docker engine now. */
export function findTraces(stateDir: string): Promise<EngineTraces> {
  return findInEngine(new Docker(), sandboxId(resolve(stateDir)), {
    containersOnly: false,
    registries: registriesAt(readPorts(stateDir)),
  });
}

/** State folders of this checkout's sandboxes that have anything in the docker engine, each with the sandbox's id. */
export function findSandboxes(): Promise<Map<string, string>> {
  return sandboxesInEngine(new Docker());
}

/** What the names of a sandbox's images begin with. */
function registriesAt(ports: { gitlabRegistry: number; herokuRegistry: number } | undefined): string[] {
  if (ports === undefined) return [];
  return [ports.gitlabRegistry, ports.herokuRegistry].map(registryAt);
}

const registryAt = (port: number) => `127.0.0.1:${port}/`;

function readPorts(stateDir: string): { gitlabRegistry: number; herokuRegistry: number } | undefined {
  const file = join(stateDir, "ports.json");
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`${file} cannot be read: ${describeError(error)}`);
  }
}

/** Holds the right to start this sandbox, so that a second start waits for the first and then finds it running. */
async function lock(stateDir: string): Promise<() => void> {
  const name = "starter";
  const deadline = Date.now() + START_MS;
  mkdirSync(join(stateDir, "run"), { recursive: true, mode: 0o700 });
  const claim = join(stateDir, "run", "starting");
  for (;;) {
    try {
      mkdirSync(claim);
      recordProcess(stateDir, name, process.pid);
      return () => {
        forgetProcess(stateDir, name, process.pid);
        rmSync(claim, { recursive: true, force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (runningPid(stateDir, name) === undefined) {
      // Its owner was killed; a moment's grace for one that has just claimed and not yet noted itself.
      await sleep(200);
      if (runningPid(stateDir, name) === undefined) rmSync(claim, { recursive: true, force: true });
    } else {
      await sleep(100);
    }
    if (Date.now() > deadline) throw new Error(`another start of the sandbox in ${stateDir} does not end`);
  }
}
