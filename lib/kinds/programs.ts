/** The programs of this repository that a stack runs, as its resources name them. */
import type { Properties, Value } from "../pulumi/values.ts";

/** What each program under `infra/commands/` does. A command that runs another one is nobody's. */
export const programs: Readonly<Record<string, string>> = {
  "copy-image": "copies the training image into a model's project",
  "first-release": "releases the app",
  "heroku-authorization": "makes the pipelines' authorization of Heroku",
  "release-pipeline": "starts the server's pipeline",
  "seed-repository": "makes the first commit of a repository",
  "ssh-key-pair": "makes a pair of keys",
};

/** The command line that runs a program in the folder of Pulumi.yaml. */
export function programLine(program: string, words = ""): string {
  return `node infra/commands/${program}.ts ${words}`.trim();
}

const line = /^node infra\/commands\/([a-z-]+)\.ts(?: (?:create|update|delete|keep))?$/;

/** Inputs of a command that change what a command line runs. */
const around = ["interpreter", "dir", "stdin", "assetPaths", "archivePaths"] as const;

const isNone = (value: Value | undefined) => value === undefined || value === null || value === "";

/** The program that a command runs and nothing else; undefined where it is none of these. */
export function programOf(inputs: Properties): string | undefined {
  const lines = [inputs.create, inputs.update, inputs.delete].filter((one) => !isNone(one));
  const [first, ...others] = lines.map((one) => (typeof one === "string" ? line.exec(one)?.[1] : undefined));
  if (first === undefined || !Object.hasOwn(programs, first)) return undefined;
  if (others.some((other) => other !== first)) return undefined;
  return around.every((key) => isNone(inputs[key])) ? first : undefined;
}
