import { access } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../lib/process/run.ts";
import { root } from "../../lib/repository.ts";
import { withLogins } from "../commands/docker.ts";
import { type Owned, ownedByStack } from "./state.ts";

/** What a preflight looks at besides the two services. */
export interface Surroundings {
  /** Names the stack has in its state already: apps by name, projects by path with namespace. */
  owned(): Promise<Owned>;
  /** Runs a program and throws when it is not there or fails. */
  run(program: string, ...args: string[]): Promise<unknown>;
  /** Logs in to a registry and throws when it refuses. */
  logIn(server: string, username: string, password: string): Promise<void>;
  /** Whether a file of the repository exists. */
  hasFile(path: string): Promise<boolean>;
}

/** The machine that the program runs on. */
export const thisMachine: Surroundings = {
  owned: ownedByStack,
  run: (program, ...args) => run(program, args, { timeoutMs: 30_000 }),
  logIn: (server, username, password) =>
    withLogins([], async (registry) => {
      await registry({ input: password }, "login", "--username", username, "--password-stdin", server);
    }),
  hasFile: (path) =>
    access(join(root, path)).then(
      () => true,
      () => false,
    ),
};

/** Why a program failed: programs say it last. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").at(-1) ?? "";
}
