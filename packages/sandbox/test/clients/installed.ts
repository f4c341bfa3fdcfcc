import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../../src/core/context.ts";
import { run } from "../gitlab/harness.ts";

/**
 * The clients of these tests, which nobody here wrote, at locked versions. Each is installed once into the cache of
 * this working tree and found there from then on; a changed lock is another installation.
 */
const cache = join(repositoryRoot, ".cache/clients");

/** gitlabcis and python-gitlab: the folder of their programs and of the Python that has them. */
export const pythonClients = () =>
  installed("python", ["requirements.txt"], async (folder, sources) => {
    await virtualEnvironment(folder, join(sources, "requirements.txt"));
  });

/** The program of `go/main.go`, on GitLab's own Go client; Go itself is a locked package too. */
export const goClient = () =>
  installed("go", ["requirements.txt", "go.mod", "go.sum", "main.go", "rest.go"], async (folder, sources) => {
    const [go] = await Promise.all([goToolchain(), mkdir(folder, { recursive: true })]);
    const packages = join(go, "lib");
    const [python = ""] = (await must("ls", [packages])).split("\n");
    const env = { GOFLAGS: "-mod=readonly -buildvcs=false", GOTOOLCHAIN: "local", GOENV: "off" };
    const program = join(packages, python, "site-packages/go/bin/go");
    await must(program, ["build", "-o", join(folder, "client"), "."], { cwd: sources, env });
  });

/** Heroku's command line: the file to start with Node.js. */
export const herokuClient = async () => {
  const folder = await installed("heroku", ["package.json", "package-lock.json"], async (target, sources) => {
    await cp(sources, target, { recursive: true });
    await must("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: target,
    });
  });
  return join(folder, "node_modules/heroku/bin/run.js");
};

const goToolchain = () =>
  installed("go", ["requirements.txt"], async (folder, sources) => {
    await virtualEnvironment(folder, join(sources, "requirements.txt"));
  });

/** A Python environment with exactly these packages; each file has the hash that the lock says. */
async function virtualEnvironment(folder: string, requirements: string): Promise<void> {
  const made = await run("python3", ["-m", "venv", folder], repositoryRoot);
  if (made.code !== 0) {
    throw new Error(
      "The Python clients of this test need Python 3.10 or later with venv on PATH.\n" +
        `  found: ${made.stderr.trim() || made.stdout.trim() || "no python3"}\n` +
        "Fix, on Debian: sudo apt-get install python3-venv",
    );
  }
  const words = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"];
  await must(join(folder, "bin/python"), ["-m", "pip", ...words, "--require-hashes", "-r", requirements]);
}

/**
 * The folder of a client. It is made beside its place and moved there when it is whole, so that a broken installation
 * is never found, and two test files may install at once.
 */
async function installed(
  client: string,
  locks: string[],
  make: (folder: string, sources: string) => Promise<void>,
): Promise<string> {
  const sources = join(import.meta.dirname, client);
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const lock of locks) hash.update(await readFile(join(sources, lock)));
  const place = join(cache, `${client}-${hash.digest("hex").slice(0, 12)}`);
  if (await exists(place)) return place;
  await mkdir(cache, { recursive: true });
  const making = await mkdtemp(join(cache, "making-"));
  try {
    await make(join(making, client), sources);
    await rename(join(making, client), place).catch(async (error) => {
      if (!(await exists(place))) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return place;
}

async function must(
  program: string,
  args: string[],
  { cwd = repositoryRoot, env }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const result = await run(program, args, cwd, env);
  if (result.code === 0) return result.stdout;
  const tail = `${result.stdout}\n${result.stderr}`.trim().split("\n").slice(-10).join("\n");
  throw new Error(`${[program, ...args].join(" ")} ended with code ${result.code}:\n${tail}`);
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
