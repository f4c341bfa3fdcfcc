#!/usr/bin/env node
/**
 * What `npx pulumi` runs in this repository: Pulumi's own launcher with four things added.
 *
 * - Variables of the selected stack are read from `.env.<stack>` (never committed; variables that are already
 *   set win), so `npx pulumi up` needs no exports: credentials and the passphrase for that stack alone.
 * - The policy pack in infra/policy guards every preview and update, unless the command line names another.
 * - Stand-in provider plugins are put on PATH when set-up could not download the official ones.
 * - `up` refuses what weakens the stack's protection, unless exactly that diff is approved
 *   (`operations/review/gate.ts`).
 *
 * Plain JavaScript, so that it also starts on the Node.js that a machine happens to have.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const launcher = path.join(root, "node_modules/pulumi/run.js");
const plugins = path.join(root, ".cache/plugins");

process.env.PATH = [
  ...(existsSync(plugins) ? [plugins] : []),
  path.join(root, "node_modules/.bin"),
  process.env.PATH ?? "",
].join(path.delimiter);
process.env.PULUMI_SKIP_UPDATE_CHECK ??= "true";

// The state's folder is named relative to the current one (`backend` in Pulumi.yaml).
const isHere = !path.relative(root, process.cwd()).startsWith("..");
if (isHere) process.chdir(root);

const args = process.argv.slice(2);
const stack = stackOf(args);
const envFile = path.join(root, `.env.${stack}`);
if (stack && existsSync(envFile)) process.loadEnvFile(envFile);

const command = commandOf(args);
if (isHere && (command === "up" || command === "update")) review();
if (isHere && ["up", "update", "preview", "pre", "watch"].includes(command) && !names("--policy-pack")) {
  process.argv.push("--policy-pack", path.join(root, "infra/policy"));
}

process.argv[1] = launcher;
await import(launcher);

/** The stack a command line is about: named by it, by PULUMI_STACK, or the selected one; "" if there is none. */
function stackOf(args) {
  const flag = args.findIndex((arg) => arg === "--stack" || arg === "-s");
  if (flag >= 0) return args[flag + 1] ?? "";
  const assigned = args.find((arg) => arg.startsWith("--stack=") || arg.startsWith("-s="));
  if (assigned) return assigned.slice(assigned.indexOf("=") + 1);
  const words = args.filter((arg) => !arg.startsWith("-"));
  if (words[0] === "stack" && ["init", "select", "rm"].includes(words[1]) && words[2]) return words[2];
  if (process.env.PULUMI_STACK) return process.env.PULUMI_STACK;
  const selected = spawnSync(process.execPath, [launcher, "stack", "--show-name", "--non-interactive"], {
    encoding: "utf8",
  });
  return selected.status === 0 ? selected.stdout.trim() : "";
}

/** The first word of a command line that is neither an option nor its value; "" where only help is asked for. */
function commandOf(args) {
  if (args.some((arg) => arg === "--help" || arg === "-h")) return "";
  const switches =
    /^(--?(emoji|e|fully-qualify-stack-names|Q|disable-integrity-checking|log(flow|tostderr)|non-interactive))$/;
  const first = args.findIndex((arg, index) => {
    const before = args[index - 1] ?? "";
    return !arg.startsWith("-") && (!before.startsWith("-") || before.includes("=") || switches.test(before));
  });
  return args[first] ?? "";
}

function names(option) {
  return args.some((arg) => arg === option || arg.startsWith(`${option}=`));
}

/** Ends this process where the review refuses the update; an approval is used up by the update that succeeds. */
function review() {
  // The gate is TypeScript: it needs the repository's own Node.js, or one that strips types as that does.
  const pinned = path.join(root, "node_modules/.bin/node");
  const node = existsSync(pinned) ? pinned : process.execPath;
  const gate = path.join(root, "operations/review/gate.ts");
  const env = { ...process.env, ...(stack && { PULUMI_STACK: stack }) };
  const run = (words) => spawnSync(node, [gate, ...words], { env, stdio: ["ignore", "ignore", "inherit"] });
  const { status } = run([stack, ...args]);
  if (status === 3) {
    process.on("exit", (code) => {
      if (code === 0) run(["--applied", stack]);
    });
  } else if (status !== 0) process.exit(status ?? 1);
}
