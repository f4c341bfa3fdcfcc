/**
 * Makes an SSH key pair: `create` makes one, `update` keeps the one that is there. Prints it as JSON. The private key is
 * made in memory and is in no file: ssh-keygen would write it into one.
 */
import ssh2 from "ssh2";
import { main, variable } from "./command.ts";

/** What the stack keeps, as a secret. */
export interface KeyPair {
  /** In OpenSSH's form, and that in Base64: one line, as GitLab masks only values without line breaks. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA...`. */
  readonly publicKey: string;
}

/** A new pair of type ED25519, the one that GitLab recommends. https://docs.gitlab.com/user/ssh/#ed25519-ssh-keys */
export function create(): KeyPair {
  let pair = ssh2.utils.generateKeyPairSync("ed25519");
  // ssh2 1.17.0 drops a zero byte at the start of the public half, which one key in 256 has: nobody can read such a pair.
  while (ssh2.utils.parseKey(pair.public) instanceof Error) pair = ssh2.utils.generateKeyPairSync("ed25519");
  return { privateKey: Buffer.from(pair.private).toString("base64"), publicKey: pair.public.trim() };
}

if (import.meta.main) {
  const actions: Record<string, () => KeyPair> = {
    create,
    // Pulumi hands over what the last run printed.
    update: () => JSON.parse(variable("PULUMI_COMMAND_STDOUT")),
  };
  await main(async () => {
    const chosen = actions[process.argv[2] ?? ""];
    if (!chosen) throw new Error(`usage: ssh-key-pair.ts ${Object.keys(actions).join("|")}`);
    return chosen();
  });
}
