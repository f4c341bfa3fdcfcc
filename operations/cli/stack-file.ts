import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { root } from "../../lib/repository.ts";
import { optionIn, shortName } from "./pulumi-words.ts";

/** What the file of a stack's settings says, as far as the launcher has to know. */
export interface StackFile {
  /** Settings by their whole name; what is encrypted is no text. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** There where a passphrase encrypts the stack's secrets. */
  readonly encryptionsalt?: string;
}

/** The settings file of a stack, which the command line may name; empty where there is none. */
export function stackFile(stack: string, args: readonly string[], folder = root): StackFile {
  const file = path.resolve(folder, optionIn(args, "--config-file") ?? `Pulumi.${shortName(stack)}.yaml`);
  if (stack === "" || !existsSync(file)) return {};
  // Pulumi itself tells what is wrong with a file of another form.
  return (parse(readFileSync(file, "utf8")) as StackFile | null) ?? {};
}
