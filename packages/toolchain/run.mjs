/**
 * Entry of the npm scripts that need set-up: installs the locked npm packages, sets up, and then hands over to a
 * Node.js that runs TypeScript. `node packages/toolchain/run.mjs [--for stack] script.ts [argument...]`. Where only help
 * is asked for, nothing is set up. A command for stacks alone needs nothing of what the sandbox needs, so it works on
 * macOS, too.
 *
 * On Linux the Node.js is the pinned one, which is among the packages; elsewhere the user's own. Plain JavaScript for
 * the Node.js that a machine happens to have (20 or later): nothing is installed yet.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const bin = path.join(root, "node_modules/.bin");

const setUp = "packages/toolchain/src/main.ts";
const words = process.argv.slice(2);
const isForStacks = words[0] === "--for" && words[1] === "stack";
const [script = setUp, ...args] = isForStacks ? words.slice(2) : words;
const isHelp = args.includes("--help") || args.includes("-h");
const purpose = isForStacks || (script === setUp && saysStack(args)) ? "stack" : "sandbox";
const major = Number(process.versions.node.split(".")[0]);

if (process.platform === "win32") {
  fail(
    "This repository works on Linux and macOS, and on Windows in WSL; found Windows itself.",
    "Fix: wsl --install, then clone the repository in there: https://learn.microsoft.com/windows/wsl/install",
  );
}
if (
  purpose === "sandbox" &&
  !isHelp &&
  !(process.platform === "linux" && ["x64", "arm64"].includes(process.arch))
) {
  fail(
    `The sandbox, and what runs in it, needs Linux on x64 or arm64; found ${process.platform} on ${process.arch}.`,
    "Run it on a Debian machine, in a Debian virtual machine or container, or in WSL.",
    "On this machine work, for stacks on GitLab and Heroku: npx pulumi, npm run review, drift, status and rotate;",
    "and the quick tests: npm run unit and npm run check.",
  );
}
if (major < 20) {
  fail(
    `Node.js 20 or later is needed to start; found ${process.version}.`,
    "On Debian: apt-get install nodejs npm. Elsewhere: https://nodejs.org",
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
const node = nodeOfTypeScript();
// Standard output is for what the script itself has to say, which may be JSON.
if (script !== setUp && !isHelp) run(setUp, ["--for", purpose], 2);
handOver(script, args);

/** The pinned Node.js, or this one where it is new enough. */
function nodeOfTypeScript() {
  const pinned = path.join(bin, "node");
  if (existsSync(pinned)) return pinned;
  if (major >= 24 && process.features.typescript) return process.execPath;
  fail(
    `Node.js 24 or later is needed; found ${process.version}.`,
    process.platform === "linux"
      ? "It is one of the optional npm packages, which are not installed here. Fix: npm ci --include=optional"
      : "Fix: install it from https://nodejs.org (macOS: brew install node@24), then run the command again.",
  );
}

/** Whether the arguments of set-up say that it is for a stack. */
function saysStack(given) {
  return given.includes("--for=stack") || given[given.indexOf("--for") + 1] === "stack";
}

/** How a script of the repository is run. */
function options(output) {
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ""}` };
  return { cwd: root, env, stdio: ["inherit", output, 2] };
}

/** Runs a script of the repository to its end and goes on; its failure is this process's. */
function run(file, words, output) {
  const result = spawnSync(node, [path.join(root, file), ...words], options(output));
  if (result.signal) process.kill(process.pid, result.signal);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/**
 * Runs a script of the repository in the place of this process: it may clean up after Ctrl-C, so this process ends after
 * it. What a terminal sends reaches it by itself, all else is passed on.
 */
function handOver(file, words) {
  const child = spawn(node, [path.join(root, file), ...words], options(1));
  const pass = (signal) => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, pass);
  child.once("error", (error) => fail(`${node} cannot be started: ${error.message}`));
  child.once("exit", (code, signal) => {
    for (const one of signals) process.off(one, pass);
    if (signal) process.kill(process.pid, signal);
    else process.exit(code ?? 1);
  });
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
