import { access } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../lib/process/run.ts";
import { root } from "../../lib/repository.ts";
import { withLogins } from "../commands/docker.ts";
import type { StackConfig } from "../config/config.ts";
import { ProblemsError, type SettingProblem } from "../config/problems.ts";
import { checkGitLab } from "./gitlab.ts";
import { checkHeroku } from "./heroku.ts";
import { checkDocker, checkGit, checkTemplates } from "./machine.ts";
import { ownedByStack } from "./state.ts";

/** What the services told and the program needs. */
export interface Facts {
  readonly namespaceId: number;
  /** Whether GitLab is its Enterprise Edition. */
  readonly enterprise: boolean;
  readonly user: { readonly username: string; readonly name: string; readonly email: string };
}

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

export interface Owned {
  readonly apps: readonly string[];
  readonly projects: readonly string[];
}

/**
 * Looks at everything the stack depends on before anything is created, in previews too.
 * @throws ProblemsError naming every problem at once
 */
export async function preflight(config: StackConfig, world: Surroundings = surroundings): Promise<Facts> {
  const problems: SettingProblem[] = [];
  const owned = await world.owned();
  const [facts] = await Promise.all([
    checkGitLab(config, owned, problems),
    checkHeroku(config, owned, problems),
    checkDocker(config, world, problems),
    checkGit(world, problems),
    checkTemplates(config, world, problems),
  ]);
  if (!facts || problems.length > 0) throw new ProblemsError("The stack cannot come up", problems);
  return facts;
}

const surroundings: Surroundings = {
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
