/**
 * Entry of the npm scripts that need set-up: installs the locked npm packages, sets up, and then hands over to the
 * pinned Node.js that is one of the packages. `node packages/toolchain/run.mjs script.ts [argument...]`. Where only
 * help is asked for, nothing is set up.
 *
 * Plain JavaScript for the Node.js that a machine happens to have (20 or later): nothing is installed yet.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const bin = path.join(root, "node_modules/.bin");

if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
  fail(
    `This set-up knows Linux on x64 and arm64; found ${process.platform} on ${process.arch}.`,
    "Run it on a Debian machine, in a Debian virtual machine or in WSL.",
    "On this one, after `npm ci` and with Node.js 24, `npm run unit` and `npm run check` work.",
  );
}
if (Number(process.versions.node.split(".")[0]) < 20) {
  fail(
    `Node.js 20 or later is needed to start; found ${process.version}.`,
    "On Debian: apt-get install nodejs npm",
  );
}

if (!isInstalled()) {
  const started = Date.now();
  process.stderr.write("Set-up: installing the locked npm packages (about 40 s the first time) ...\n");
  const install = spawnSync(
    "npm",
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    {
      cwd: root,
      stdio: ["ignore", 2, 2],
    },
  );
  if (install.status !== 0)
    fail("npm ci failed; its message is above. Check that the npm registry is reachable.");
  process.stderr.write(`Set-up: npm packages installed (${Math.round((Date.now() - started) / 1000)} s)\n`);
}
mkdirSync(path.join(root, ".cache"), { recursive: true });
if (!readdirSync(bin).includes("node")) {
  fail(
    "The pinned Node.js package is missing from node_modules.",
    "Remove node_modules and run the command again.",
  );
}

const setUp = "packages/toolchain/src/main.ts";
const [script = setUp, ...args] = process.argv.slice(2);
const isHelp = args.includes("--help") || args.includes("-h");
// Standard output is for what the script itself has to say, which may be JSON.
if (script !== setUp && !isHelp) run(setUp, [], 2);
run(script, args, 1);

/** Runs a script of the repository; its failure is this process's. */
function run(file, words, output) {
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ""}` };
  const result = spawnSync(path.join(bin, "node"), [path.join(root, file), ...words], {
    cwd: root,
    env,
    stdio: ["inherit", output, 2],
  });
  if (result.signal) process.kill(process.pid, result.signal);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Whether node_modules has what package-lock.json wants, as npm noted when it installed; optional ones may be missing. */
function isInstalled() {
  const noted = path.join(root, "node_modules/.package-lock.json");
  if (!existsSync(noted)) return false;
  const [wanted, there] = [path.join(root, "package-lock.json"), noted].map(
    (file) => JSON.parse(readFileSync(file, "utf8")).packages,
  );
  return Object.entries(wanted).every(([place, { version, integrity, optional }]) => {
    const found = there[place];
    if (found === undefined) return place === "" || optional === true;
    return found.version === version && found.integrity === integrity;
  });
}

function fail(...lines) {
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exit(1);
}
