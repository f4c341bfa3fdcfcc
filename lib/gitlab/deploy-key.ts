/** The deploy keys that models push with. https://docs.gitlab.com/user/project/deploy_keys/ */
import { generationDescription } from "../credentials/generations.ts";

/** The program under `infra/commands/` that makes their key pairs, without `.ts`. */
export const keyPairProgram = "ssh-key-pair";

/** Whether a command line is the one of a stack's resource that makes a key pair. */
export function makesKeyPair(commandLine: unknown): boolean {
  return typeof commandLine === "string" && commandLine.includes(keyPairProgram);
}

/** A deploy key's title in GitLab. */
export function deployKeyTitle(model: string, generation: number): string {
  return generationDescription(`Pushes of model project ${model}`, generation);
}

/** Whether two titles are those of generations of one key. */
export function areGenerations(title: unknown, other: unknown): boolean {
  const first = (text: unknown) => String(text).replace(/, generation \d+$/, "");
  return first(title) === first(other);
}
