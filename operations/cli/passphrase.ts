/**
 * The passphrase of a stack. Pulumi asks for it where it has a terminal to itself; the review before an update and the
 * other commands of this repository run it without one, several times. So it is asked for once, before.
 */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Launch } from "./launch.ts";
import { shortName } from "./pulumi-words.ts";
import { stackFile } from "./stack-file.ts";

type Variables = Readonly<Record<string, string>>;

/** Asks a person; undefined where there is nobody to ask. */
export type Ask = ((question: string) => Promise<string>) | undefined;

const known = new Map<string, string>();

/**
 * The variable that opens the stack's secrets; none where it is set already, or where no passphrase is needed.
 * @throws when it is needed and there is nobody to ask
 */
export async function passphraseOf(
  { stack, args, env }: Pick<Launch, "stack" | "args" | "env">,
  { ask = terminal(args), file = stackFile(stack, args) } = {},
): Promise<Variables> {
  if (env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE) return {};
  if (file.encryptionsalt === undefined) return {};
  const passphrase = known.get(stack) ?? (await ask?.(`Passphrase of stack ${stack}: `));
  if (passphrase === undefined) throw new Error(unknown(stack));
  known.set(stack, passphrase);
  return { PULUMI_CONFIG_PASSPHRASE: passphrase };
}

function unknown(stack: string): string {
  const file = `.env.${shortName(stack)}`;
  return [
    `A passphrase encrypts the secrets of stack ${stack}, and there is no terminal to ask for it.`,
    `  found:   no PULUMI_CONFIG_PASSPHRASE in ${file} or in the environment, and no PULUMI_CONFIG_PASSPHRASE_FILE`,
    "  allowed: the passphrase that the stack was made with",
    `  fix:     echo 'PULUMI_CONFIG_PASSPHRASE=...' >> ${file}   (git ignores that file)`,
  ].join("\n");
}

function terminal(args: readonly string[]): Ask {
  const mayAsk = process.stdin.isTTY && process.stderr.isTTY && !args.includes("--non-interactive");
  return mayAsk ? askHidden : undefined;
}

/** Asks on standard error and shows nothing of the answer. */
async function askHidden(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const interrupted = new AbortController();
  lines.once("SIGINT", () => interrupted.abort());
  try {
    return await lines.question("", { signal: interrupted.signal });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
