import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { tool } from "../infra/commands/command.ts";
import { type ConfigSource, readConfig, type StackConfig } from "../infra/config.ts";

const root = path.resolve(import.meta.dirname, "..");
const launcher = path.join(root, "toolchain/bin/pulumi.mjs");

/** A stack as the programs of this folder see it: through its settings and through Pulumi's own commands. */
export interface Stack {
  readonly name: string;
  /** The settings of this moment, checked. @throws ProblemsError */
  config(): Promise<StackConfig>;
  /** Runs `pulumi` on the stack and returns what it prints. @throws with the end of its error output */
  read(...args: string[]): Promise<string>;
  /** Runs `pulumi` on the stack, its output shown. @throws when it fails */
  show(...args: string[]): Promise<void>;
}

/** The stack of that name, by default the one that `npx pulumi` would take. @throws when there is none */
export async function openStack(named?: string): Promise<Stack> {
  const name = named ?? process.env.PULUMI_STACK ?? (await selected());
  const words = (args: readonly string[]) => [launcher, ...args, "--stack", name, "--non-interactive"];
  const read = async (...args: string[]) =>
    (await tool(process.execPath, words(args), { cwd: root })).toString("utf8");
  return {
    name,
    read,
    async config() {
      return readConfig(source(name, await read("config", "--json", "--show-secrets")));
    },
    show: (...args) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, words(args), {
          cwd: root,
          stdio: ["ignore", "inherit", "inherit"],
        });
        child.once("error", reject);
        child.once("close", (code) =>
          code === 0 ? resolve() : reject(new Error(`pulumi ${args.join(" ")} failed; it says above why.`)),
        );
      }),
  };
}

async function selected(): Promise<string> {
  try {
    const args = [launcher, "stack", "--show-name", "--non-interactive"];
    return (await tool(process.execPath, args, { cwd: root })).toString("utf8").trim();
  } catch {
    throw new Error(
      "No stack is selected. Name one (--stack production), or: npx pulumi stack select production",
    );
  }
}

/** The settings as `pulumi config --json` prints them, with the variables that the launcher reads for the stack. */
function source(name: string, json: string): ConfigSource {
  const given = JSON.parse(json) as Record<string, { value?: string; secret?: boolean }>;
  const file = path.join(root, `.env.${name}`);
  const own = existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
  return {
    settings: Object.fromEntries(Object.entries(given).map(([key, { value = "" }]) => [key, value])),
    isSecret: (key) => given[key]?.secret === true,
    env: { ...own, ...process.env },
  };
}

/** Runs a program of this folder: what goes wrong is told in words, with exit code 1. */
export async function run(work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
