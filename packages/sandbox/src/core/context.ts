import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import Docker from "dockerode";
import { type Conditions, type ConditionsInput, readConditions } from "./conditions.ts";
import { createFaults, type Faults } from "./faults/faults.ts";
import { type Logger, openLog } from "./log.ts";
import { resolvePorts, type SandboxPorts } from "./ports.ts";

export type { Logger } from "./log.ts";
export type { SandboxPorts } from "./ports.ts";

/** What every service of a sandbox gets: its place on disk, its ports, the docker engine, its log. */
export interface SandboxContext {
  /** 12 hex digits derived from the state folder; used in docker labels and names. */
  id: string;
  /** Absolute state folder (0700). Each service keeps its files in a sub-folder of its own. */
  stateDir: string;
  ports: SandboxPorts;
  /** The log of a service, in `<stateDir>/logs/<service>.log`; never with a secret. */
  log(service: string): Logger;
  docker: Docker;
  images: SandboxImages;
  /** Whether changing requests are logged (`request-log.ts`). */
  recordsRequests: boolean;
  /** What no API of the services can set. */
  conditions: Conditions;
  /** What goes wrong because somebody asked for it. */
  faults: Faults;
  /** Fires when the sandbox stops. */
  abort: AbortSignal;
}

/** Names of the images that the sandbox itself uses. */
export interface SandboxImages {
  base: string;
  ciPython: string;
  ciDocker: string;
}

/** A running service. `close` ends it and keeps its state. */
export interface Service {
  close(): Promise<void>;
}

/** The folder that this repository is checked out in. */
export const repositoryRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../../../..");

/** Where a sandbox keeps its state unless told otherwise. */
export const defaultStateDir = join(repositoryRoot, ".sandbox");

/** Every container, network, image and volume that a sandbox makes carries `<LABEL>=<id>`. */
export const LABEL = "tag-to-endpoint.sandbox";

/** Labels with the state folder and the checkout of the sandbox: an id alone does not tell whose a thing is. */
export const STATE_LABEL = "tag-to-endpoint.state";
export const CHECKOUT_LABEL = "tag-to-endpoint.checkout";

/** The docker labels of one sandbox, as an object for the engine's API. */
export function sandboxLabels({ id, stateDir }: Pick<SandboxContext, "id" | "stateDir">) {
  return { [LABEL]: id, [STATE_LABEL]: stateDir, [CHECKOUT_LABEL]: repositoryRoot };
}

/** The id of the sandbox whose state is in `stateDir`. */
export function sandboxId(stateDir: string): string {
  return createHash("sha256").update(resolve(stateDir)).digest("hex").slice(0, 12);
}

/** The images in use; each can be replaced by an environment variable. */
export function sandboxImages(env: NodeJS.ProcessEnv = process.env): SandboxImages {
  return {
    base: env.MLOPS_BASE_IMAGE || "tag-to-endpoint/base:bookworm-python3.11",
    ciPython: env.SANDBOX_CI_PYTHON_IMAGE || "tag-to-endpoint/ci-python:3.11",
    ciDocker: env.SANDBOX_CI_DOCKER_IMAGE || "tag-to-endpoint/ci-docker:cli",
  };
}

/** Makes a folder that only its owner can enter and gives back its real path. */
export function privateFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
  return realpathSync(path);
}

export interface ContextOptions {
  stateDir: string;
  abort: AbortSignal;
  /** Take the usual port numbers where they are free (default true). */
  usualPorts?: boolean;
  /** Log changing requests (default false). */
  recordsRequests?: boolean;
  /** What no API of the services can set (default: accounts in good standing). */
  conditions?: ConditionsInput;
}

/** Prepares the state folder and ports of a sandbox. Starts nothing. */
export async function createContext(options: ContextOptions): Promise<SandboxContext> {
  const stateDir = privateFolder(options.stateDir);
  const logs = new Map<string, Logger>();
  return {
    id: sandboxId(stateDir),
    stateDir,
    ports: await resolvePorts(join(stateDir, "ports.json"), options.usualPorts ?? true),
    log(service) {
      const log = logs.get(service) ?? openLog(join(stateDir, "logs"), service);
      logs.set(service, log);
      return log;
    },
    docker: new Docker(),
    images: sandboxImages(),
    recordsRequests: options.recordsRequests ?? false,
    conditions: readConditions(options.conditions ?? {}),
    faults: createFaults(),
    abort: options.abort,
  };
}
