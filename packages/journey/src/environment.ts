import path from "node:path";
import { Gitlab } from "@gitbeaker/rest";
import type { RunLog } from "./run-log.ts";

/** One GitLab + Heroku + stack to walk through: where they are and how to talk to them. */
export interface Environment {
  /** Root of the repository. */
  root: string;
  /** Variables of the stack: GITLAB_BASE_URL, GITLAB_TOKEN, HEROKU_API_URL, HEROKU_API_KEY, ... */
  env: Record<string, string>;
  stack: string;
  log: RunLog;
  /** Scratch folder for clones; removed by whoever made it. */
  workFolder: string;
}

/** Outputs of the stack (`infra/index.ts`). */
export interface StackOutputs {
  appUrl: string;
  serverProjectUrl: string;
  modelProjectUrls: Record<string, string>;
  runtimeImage: string;
  predictionUrls: Record<string, string>;
}

/** Value of a variable that must be there. */
export function required(environment: Environment, name: string): string {
  const value = environment.env[name];
  if (!value) throw new Error(`${name} is not set for stack ${environment.stack}`);
  return value;
}

/** Runs `pulumi` on the environment's stack through the repository's own launcher. */
export function pulumi(
  environment: Environment,
  name: string,
  args: string[],
  onLine?: (line: string) => void,
): Promise<string> {
  return environment.log.run(name, "pulumi", [...args, "--non-interactive"], {
    cwd: environment.root,
    env: { ...environment.env, PULUMI_STACK: environment.stack },
    ...(onLine && { onLine }),
  });
}

/** Reads the outputs of the stack. */
export async function stackOutputs(environment: Environment): Promise<StackOutputs> {
  return JSON.parse(await pulumi(environment, "outputs", ["stack", "output", "--json"])) as StackOutputs;
}

/** Path with namespace of a project, from its web address. */
export function projectPath(webUrl: string): string {
  return new URL(webUrl).pathname.slice(1);
}

/** A client of the environment's GitLab as the given user (default: the stack's own token). */
export function gitlab(environment: Environment, token = required(environment, "GITLAB_TOKEN")) {
  return new Gitlab({ host: required(environment, "GITLAB_BASE_URL").replace(/\/api\/v4\/?$/, ""), token });
}

/** Runs git with a token handed over through the environment alone: not in arguments, remotes or files. */
export function git(
  environment: Environment,
  name: string,
  cwd: string,
  args: string[],
  token = required(environment, "GITLAB_TOKEN"),
): Promise<string> {
  return environment.log.run(name, "git", args, {
    cwd,
    env: {
      GIT_ASKPASS: path.join(environment.root, "packages/journey/git-askpass.sh"),
      GIT_TERMINAL_PROMPT: "0",
      GIT_TOKEN: token,
      GIT_CONFIG_COUNT: "2",
      GIT_CONFIG_KEY_0: "user.name",
      GIT_CONFIG_VALUE_0: "Demo",
      GIT_CONFIG_KEY_1: "user.email",
      GIT_CONFIG_VALUE_1: "demo@example.com",
    },
  });
}
