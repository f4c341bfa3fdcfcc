/** A preflight against services of this process, and a machine that says what a test wants. */
import { afterEach, describe, expect, it } from "vitest";
import type { StackConfig } from "../../infra/config/config.ts";
import type { Finding } from "../../infra/preflight/check.ts";
import { examine, preflight } from "../../infra/preflight/preflight.ts";
import type { Surroundings } from "../../infra/preflight/surroundings.ts";
import { canaries, configWith } from "./program.ts";
import { type Answers, serve } from "./server.ts";

/** Group `ml` of gitlab.com's shape, in which `ana` is an Owner; a paid plan. */
export const gitlab: Answers = {
  "GET /user": [
    200,
    {
      id: 7,
      username: "ana",
      name: "Ana",
      email: "ana@example.com",
      commit_email: "ana@dev.example.com",
      bot: false,
      can_create_project: true,
    },
  ],
  "GET /metadata": [200, { version: "18.0.0-ee", enterprise: true }],
  "GET /personal_access_tokens/self": [200, { scopes: ["api"], expires_at: null }],
  "GET /namespaces/ml": [200, { id: 42, kind: "group", full_path: "ml", plan: "premium", trial: false }],
  "GET /groups/ml?with_projects=false": [
    200,
    {
      id: 42,
      full_path: "ml",
      visibility: "private",
      project_creation_level: "developer",
      shared_runners_setting: "enabled",
      marked_for_deletion_on: null,
    },
  ],
  "GET /groups/ml/members/all/7": [200, { id: 7, username: "ana", access_level: 50 }],
  "GET /projects?membership=true&per_page=1": [
    200,
    [{ id: 1, container_registry_image_prefix: "registry.example.com/ml/other" }],
  ],
};

export const heroku: Answers = {
  "GET /account": [
    200,
    { email: "ana@example.com", verified: true, suspended_at: null, delinquent_at: null },
  ],
  "GET /oauth/authorizations": [
    200,
    [
      {
        description: "by hand",
        scope: ["global"],
        access_token: { token: canaries.herokuKey, expires_in: null },
      },
    ],
  ],
};

/** An engine with the classic store and buildx. */
export const engine = {
  ServerVersion: "28.2.2",
  Driver: "overlay2",
  DriverStatus: [["Backing Filesystem", "extfs"]],
  Architecture: "x86_64",
  OperatingSystem: "Debian GNU/Linux 12 (bookworm)",
  ClientInfo: { Context: "default", Plugins: [{ Name: "buildx" }] },
};

/** A machine on which all is well; programs print what `printed` has for the start of their command line. */
export function machineWith(
  changes: Partial<Surroundings> & {
    readonly engine?: object;
    readonly printed?: Record<string, string>;
  } = {},
): Surroundings {
  const { engine: other, printed = {}, ...rest } = changes;
  const outputs: Record<string, string> = {
    ...printed,
    "docker info": JSON.stringify({ ...engine, ...other }),
    "git --version": "git version 2.50.0\n",
  };
  return {
    owned: async () => ({ apps: [], projects: [], released: false }),
    run: async (...line) => {
      const words = line.join(" ");
      const [, output = ""] = Object.entries(outputs).find(([start]) => words.startsWith(start)) ?? [];
      return output;
    },
    logIn: async () => {},
    hasFile: async () => true,
    read: async () => undefined,
    isOnPath: async () => false,
    statusOf: async () => 200,
    now: Date.now,
    env: {},
    home: "/home/ana",
    platform: "linux",
    arch: "x64",
    warn: () => {},
    ...rest,
  };
}

/** A machine on which a program fails. */
export function failing(which: RegExp, reason: string, machine = machineWith()): Pick<Surroundings, "run"> {
  return {
    run: async (...line) => {
      if (which.test(line.join(" "))) throw new Error(reason);
      return machine.run(...line);
    },
  };
}

export interface World {
  readonly gitlab?: Answers;
  readonly heroku?: Answers;
  readonly machine?: Parameters<typeof machineWith>[0];
  readonly config?: Partial<StackConfig>;
}

const servers: Array<{ close(): Promise<unknown> }> = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

/** Services, machine and settings, with what a test changes. */
export async function worldWith(world: World = {}) {
  const [lab, hero] = await Promise.all([
    serve({ ...gitlab, ...world.gitlab }),
    serve({ ...heroku, ...world.heroku }),
  ]);
  servers.push(lab, hero);
  const config = configWith({
    gitlab: { url: lab.url, token: canaries.gitlabToken },
    heroku: { url: hero.url, token: canaries.herokuKey },
    ...world.config,
  });
  const machine = machineWith(world.machine);
  /** A text with the servers' addresses as words; fails where a credential is in it. */
  const told = (text: string) => {
    for (const canary of Object.values(canaries)) expect(text).not.toContain(canary);
    return text.replaceAll(lab.url, "GITLAB").replaceAll(hero.url, "HEROKU");
  };
  return {
    lab,
    hero,
    told,
    facts: () => preflight(config, machine),
    findings: async () =>
      JSON.parse(told(JSON.stringify((await examine(config, machine)).findings))) as Finding[],
  };
}

/** What the checks of that name found, without their names. */
export async function found(check: string, world: World): Promise<object[]> {
  const { findings } = await worldWith(world);
  const rows = (await findings()).filter((finding) => finding.check === check);
  expect(rows.length, check).toBeGreaterThan(0);
  return rows.map(({ subject: _, check: __, ...rest }) => rest);
}

export const ok = (what: string) => ({ outcome: "ok", found: what });
export const notChecked = (reason: string) => ({ outcome: "not checked", reason });

export type Case = [what: string, world: World, expected: object];

/** A test for each case: the one row of a check. */
export function describeCheck(name: string, cases: readonly Case[]): void {
  describe(name, () => {
    it.each(cases)("%s", async (_, world, expected) => {
      const rows = await found(name, world);
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject(expected);
    });
  });
}

/** GitLab's good answer to a question, changed. */
export const changed = (path: string, changes: object): Answers => ({
  [path]: [200, { ...(gitlab[path]?.[1] as object), ...changes }],
});
export const user = (changes: object) => changed("GET /user", changes);
export const GROUP = "GET /groups/ml?with_projects=false";
export const group = (changes: object) => changed(GROUP, changes);
