/**
 * Entry of every npm script: makes the locked npm packages present, then hands over to the pinned Node.js
 * that is one of them. `node packages/toolchain/run.mjs [script.ts [argument...]]`; without a script it only sets up.
 *
 * Plain JavaScript for the Node.js that a machine happens to have (20 or later): nothing is installed yet.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const bin = path.join(root, "node_modules/.bin");
const stamp = path.join(root, "node_modules/.installed-lock");

if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
  fail(
    `This set-up knows Linux on x64 and arm64; found ${process.platform} on ${process.arch}.`,
    "Run it on a Debian machine or in a Debian virtual machine. The Pulumi program itself needs only",
    "Node.js 24, docker and `npm ci && npx pulumi up` with a stack of your own (README, 'Real accounts').",
  );
}
if (Number(process.versions.node.split(".")[0]) < 20) {
  fail(
    `Node.js 20 or later is needed to start; found ${process.version}.`,
    "On Debian: apt-get install nodejs npm",
  );
}

const lock = createHash("sha256")
  .update(readFileSync(path.join(root, "package-lock.json")))
  .digest("hex");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
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
  writeFileSync(stamp, lock);
  process.stderr.write(`Set-up: npm packages installed (${Math.round((Date.now() - started) / 1000)} s)\n`);
}
mkdirSync(path.join(root, ".cache"), { recursive: true });
if (!readdirSync(bin).includes("node")) {
  fail(
    "The pinned Node.js package is missing from node_modules.",
    "Remove node_modules and run the command again.",
  );
}

// Standard output is for what the script itself has to say, which may be JSON.
const setUp = "packages/toolchain/src/main.ts";
const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ""}` };
for (const [script, args] of [
  [setUp, []],
  ...(process.argv[2] ? [[process.argv[2], process.argv.slice(3)]] : []),
]) {
  const result = spawnSync(path.join(bin, "node"), [path.join(root, script), ...args], {
    cwd: root,
    env,
    stdio: ["inherit", script === setUp ? 2 : 1, 2],
  });
  if (result.signal) process.kill(process.pid, result.signal);
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function fail(...lines) {
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exit(1);
}
