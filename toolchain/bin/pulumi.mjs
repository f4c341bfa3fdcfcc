#!/usr/bin/env node
/**
 * What `npx pulumi` runs in this repository: Pulumi's own launcher with two things added.
 *
 * - Variables of the selected stack are read from `.env.<stack>` (never committed; variables that are already
 *   set win), so `npx pulumi up` needs no exports: credentials and the passphrase for that stack alone.
 * - Stand-in provider plugins are put on PATH when set-up could not download the official ones.
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
if (!path.relative(root, process.cwd()).startsWith("..")) process.chdir(root);

const stack = stackOf(process.argv.slice(2));
const envFile = path.join(root, `.env.${stack}`);
if (stack && existsSync(envFile)) process.loadEnvFile(envFile);

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
