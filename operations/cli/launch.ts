/**
 * How Pulumi is started for a stack of this repository, guarded or not:
 *
 * - Variables of the stack are read from `.env.<stack>` (never committed; variables that are already set win), so
 *   that `npx pulumi up` needs no exports: credentials and the passphrase for that stack alone.
 * - The policy pack in infra/policy is with every preview and update, unless the command line names another.
 * - A stack on this machine gets the sandbox's provider plugins where the official ones cannot be had.
 * - The CLI and the compiled SDKs are there: what is missing after `npm ci` is got first.
 */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseEnv } from "node:util";
import { runToEnd } from "../../lib/process/run.ts";
import { cliFile } from "../../lib/pulumi/cli.ts";
import { compileSdks } from "../../lib/pulumi/sdks.ts";
import { root } from "../../lib/repository.ts";
import { mendState, tell } from "../repair/quick.ts";
import { localPlugins } from "./local-plugins.ts";
import { commandIn, optionIn, runsProgram, runsProviders, shortName, stackIn } from "./pulumi-words.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A run of the Pulumi CLI, with all that it needs. */
export interface Launch {
  /** The CLI's file. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Environment;
  /** Whether Pulumi is asked about this repository's program, not about another one. */
  readonly isOurs: boolean;
  /** The stack that is meant; "" where none is. */
  readonly stack: string;
}

/** Prepares a command line of Pulumi. @throws when the CLI can be neither found nor downloaded */
export async function launchOf(
  args: readonly string[],
  env: Environment = process.env,
  folder = process.cwd(),
): Promise<Launch> {
  const program = await cliFile(env);
  const isOurs = !path.relative(root, folder).startsWith("..");
  // The state's folder is named relative to the current one (`backend` in Pulumi.yaml).
  const cwd = isOurs ? root : folder;
  const common = commonVariables(env, program);
  const named = stackIn(args) ?? env.PULUMI_STACK;
  const stack = named || (await selectedStack({ program, cwd, env: common }));
  const command = commandIn(args);
  const own = { ...readVariables(root, stack), ...common };
  if (isOurs) tell(mendState(stack, own).done);
  if (isOurs && runsProviders(command)) await compileSdks();
  return {
    program,
    args: isOurs && runsProgram(command) ? withPolicyPack(args) : args,
    cwd,
    env: isOurs && runsProviders(command) ? { ...own, ...localPlugins(stack, args, own) } : own,
    isOurs,
    stack,
  };
}

/** What every run of Pulumi gets: the repository's programs, and those beside the CLI, which are its language hosts. */
function commonVariables(env: Environment, program: string): Environment {
  const folders = [path.dirname(program), path.join(root, "node_modules/.bin"), env.PATH ?? ""];
  return {
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The program and the policy pack are compiled once, not at every command.
    NODE_COMPILE_CACHE: path.join(root, ".cache/compile"),
    ...env,
    ...noProxyForThisMachine(env),
    PATH: folders.join(path.delimiter),
  };
}

/** How this machine is written in a list of those that are reached without a proxy. */
const THIS_MACHINE = ["localhost", "127.0.0.1", "::1"];

/**
 * Variables that keep a proxy from what is on this machine; none where no proxy is set. Pulumi's own processes speak gRPC
 * with each other there. gRPC in Node.js goes by the variables in small letters alone, and would go through the proxy; Go
 * spares this machine by itself. Those in capitals are left as they are: what they lead through a proxy is meant to.
 */
export function noProxyForThisMachine(env: Environment): Record<string, string> {
  if (!["grpc_proxy", "https_proxy", "http_proxy"].some((name) => env[name])) return {};
  const lists = ["no_proxy", ...(env.no_grpc_proxy ? ["no_grpc_proxy"] : [])];
  return Object.fromEntries(
    lists.map((name) => {
      const given = (env[name] ?? env.NO_PROXY ?? "").split(",").map((one) => one.trim());
      return [name, [...new Set([...given.filter((one) => one !== ""), ...THIS_MACHINE])].join(",")];
    }),
  );
}

/** The stack that `pulumi stack select` chose; "" where there is none. */
async function selectedStack({
  program,
  cwd,
  env,
}: Pick<Launch, "program" | "cwd" | "env">): Promise<string> {
  const words = ["stack", "--show-name", "--non-interactive"];
  const { code, stdout } = await runToEnd(program, words, { cwd, env, extendEnv: false });
  return code === 0 ? stdout.trim() : "";
}

/** The variables in `.env.<stack>`; none where there is no such file. */
export function readVariables(folder: string, stack: string): Environment {
  const file = path.join(folder, `.env.${shortName(stack)}`);
  return stack !== "" && existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
}

/** Adds the repository's policy pack, unless another one is named. */
export function withPolicyPack(args: readonly string[]): readonly string[] {
  if (optionIn(args, "--policy-pack") !== undefined) return args;
  return [...args, "--policy-pack", path.join(root, "infra/policy")];
}
