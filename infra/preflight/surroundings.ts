import { access, constants, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { patientRequest } from "../../lib/http/patience.ts";
import { run } from "../../lib/process/run.ts";
import { root } from "../../lib/repository.ts";
import { withLogins } from "../commands/docker.ts";
import { type Owned, ownedByStack } from "./state.ts";

/** What a preflight looks at besides the two services. */
export interface Surroundings {
  /** Names the stack has in its state already: apps by name, projects by path with namespace. */
  owned(): Promise<Owned>;
  /** Runs a program and returns what it printed; throws when it is not there or fails. */
  run(program: string, ...args: string[]): Promise<string>;
  /** Logs in to a registry and throws when it refuses. */
  logIn(server: string, username: string, password: string): Promise<void>;
  /** The deploy job's key, where the stack has made it. A preview does not ask: it would take longer. */
  pipelineKey?(): Promise<string | undefined>;
  /** Whether a file of the repository exists. */
  hasFile(path: string): Promise<boolean>;
  /** The text of a file of the machine, or undefined where there is none. */
  read(path: string): Promise<string | undefined>;
  isOnPath(program: string): Promise<boolean>;
  /** Asks an address without fetching what is there; throws where nothing answers. */
  statusOf(url: string): Promise<number>;
  now(): number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** As Node.js calls them: `linux`, `x64`. */
  readonly platform: string;
  readonly arch: string;
  /** Shows a warning to whoever previews or updates. */
  warn(text: string): void;
}

/** Before a log-in is tried once more. */
const PAUSE_MS = 1000;

/** The machine that the program runs on. */
export const thisMachine: Surroundings = {
  owned: ownedByStack,
  run: (program, ...args) => run(program, args, { timeoutMs: 30_000 }),
  logIn: (server, username, password) =>
    withLogins([], async (registry) => {
      const once = () =>
        registry({ input: password }, "login", "--username", username, "--password-stdin", server);
      // docker says 401, too, where a registry that is not well did not ask for a log-in. A token that is wrong stays so.
      await once().catch(() => sleep(PAUSE_MS).then(once));
    }),
  hasFile: (path) => isThere(join(root, path)),
  read: (path) => readFile(path, "utf8").catch(() => undefined),
  async isOnPath(program) {
    const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
    const names = process.platform === "win32" ? [`${program}.exe`, program] : [program];
    const files = folders.flatMap((folder) => names.map((name) => join(folder, name)));
    return (await Promise.all(files.map((file) => isThere(file, constants.X_OK)))).includes(true);
  },
  statusOf: async (url) => (await patientRequest(url, { method: "HEAD" })).status,
  now: Date.now,
  env: process.env,
  home: homedir(),
  platform: process.platform,
  arch: process.arch,
  warn: (text) => void pulumi.log.warn(text),
};

function isThere(path: string, mode?: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** Why a program failed: programs say it last. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").at(-1) ?? "";
}
