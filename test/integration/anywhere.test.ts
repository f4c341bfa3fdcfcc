/**
 * The product for somebody else, elsewhere: a checkout whose path has spaces and an umlaut, a user who is not root but in
 * group docker, a strict umask, a language with its own rules for letters, and a day that began long ago here.
 */
import { cpSync, existsSync, linkSync, mkdirSync, mkdtempSync, statSync } from "node:fs";
import { chown, readdir, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Ended, runToEnd } from "../../lib/process/run.ts";
import { cliFile } from "../../lib/pulumi/cli.ts";
import { root } from "../../lib/repository.ts";

/** User `nobody` of every Debian. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const socket = "/var/run/docker.sock";

let place: string;
let checkout: string;
let pulumiHome: string;

/** A folder's copy, whose files are the same ones where the file system can do that. */
function copy(from: string, to: string): void {
  cpSync(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter(source, target) {
      if (!statSync(source, { throwIfNoEntry: false })?.isFile()) return true;
      mkdirSync(path.dirname(target), { recursive: true });
      try {
        linkSync(source, target);
        return false;
      } catch {
        return true; // another file system, or a link: it is copied
      }
    },
  });
}

async function handOver(folder: string): Promise<void> {
  await chown(folder, NOBODY, NOBODY);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await handOver(path.join(folder, entry.name));
  }
}

/** Runs a command line as that user, in that place. */
function there(line: string, { groups = String(statSync(socket).gid) } = {}): Promise<Ended> {
  const shell = ["sh", "-c", `umask 077 && ${line}`];
  const as = [
    "setpriv",
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    groups ? `--groups=${groups}` : "--clear-groups",
  ];
  const [program = "", ...words] = isRoot ? [...as, ...shell] : shell;
  const env = {
    PATH: process.env.PATH,
    HOME: place,
    PULUMI_HOME: pulumiHome,
    LANG: "tr_TR.UTF-8",
    LC_ALL: "tr_TR.UTF-8",
    TZ: "Pacific/Kiritimati",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "safe.directory",
    GIT_CONFIG_VALUE_0: "*",
  };
  return runToEnd(program, words, { cwd: checkout, env, extendEnv: false });
}

beforeAll(async () => {
  place = mkdtempSync(path.join(tmpdir(), "an odd place ü "));
  checkout = path.join(place, "check out");
  pulumiHome = path.join(place, "pulumi home");
  mkdirSync(checkout);
  const { stdout } = await runToEnd("git", ["ls-files", "-z"], { cwd: root });
  for (const file of stdout.split("\0").filter((name) => name !== "" && existsSync(path.join(root, name)))) {
    mkdirSync(path.dirname(path.join(checkout, file)), { recursive: true });
    // Not the same files: some are written by the commands.
    cpSync(path.join(root, file), path.join(checkout, file));
  }
  copy(path.join(root, "node_modules"), path.join(checkout, "node_modules"));
  const cli = path.dirname(path.dirname(await cliFile(process.env)));
  copy(
    cli,
    path.join(pulumiHome, path.relative(process.env.PULUMI_HOME || path.join(homedir(), ".pulumi"), cli)),
  );
  if (isRoot) await handOver(place);
}, 300_000);

afterAll(async () => {
  if (!place) return;
  await there("node packages/throwaway/src/main.ts down --all");
  await rm(place, { recursive: true, force: true });
}, 120_000);

it("a stack comes up, is reviewed, is found in the list, and goes", async () => {
  const up = await there("npm run throwaway -- up --name odd");
  expect(up.code, up.stdout + up.stderr).toBe(0);
  expect(up.stdout).toContain("throwaway-odd is up.");
  const preview = await there("npm run throwaway -- exec odd -- npx pulumi preview --expect-no-changes");
  expect(preview.code, preview.stdout + preview.stderr).toBe(0);
  const review = await there("npm run throwaway -- exec odd -- npm run review");
  expect([review.code, review.stdout]).toEqual([0, expect.stringContaining("nothing would change")]);
  expect((await there("npm run throwaway -- list")).stdout).toMatch(/^throwaway-odd +up /m);
  const down = await there("npm run throwaway -- down odd");
  expect([down.code, down.stdout]).toEqual([0, expect.stringContaining("throwaway-odd: gone")]);
  expect((await there("npm run throwaway -- list")).stdout).toContain("nothing is left of one");
});

// Only root can be somebody else.
it.runIf(isRoot)("a user outside group docker is told so, before anything is made", async () => {
  const { code, stdout, stderr } = await there("npm run throwaway -- up --name odd", { groups: "" });
  expect([code, stdout + stderr]).toEqual([
    1,
    expect.stringContaining("usermod --append --groups docker nobody"),
  ]);
});
