import { existsSync, readFileSync } from "node:fs";
import ssh2 from "ssh2";
import { writeAtomically } from "../../core/store.ts";

/** The key that the SSH server shows. */
export interface HostKey {
  /** In OpenSSH's form. */
  privateKey: string;
  /** `ssh-ed25519 AAAA...`. */
  publicKey: string;
}

/** An ED25519 pair. ssh2 1.17.0 drops a zero byte at the start of the public half, and then nobody can read the pair. */
export function newKeyPair(): { private: string; public: string } {
  const pair = ssh2.utils.generateKeyPairSync("ed25519");
  return ssh2.utils.parseKey(pair.public) instanceof Error ? newKeyPair() : pair;
}

/** The host key in a file that its owner alone can read; made at the first start, so that clients can pin it. */
export async function openHostKey(file: string): Promise<HostKey> {
  if (!existsSync(file)) await writeAtomically(file, newKeyPair().private);
  const privateKey = readFileSync(file, "utf8");
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw new Error(`${file} is no SSH key: ${key.message}`);
  return { privateKey, publicKey: `${key.type} ${key.getPublicSSH().toString("base64")}` };
}

/** The line of a `known_hosts` file for a host and its port. https://man.openbsd.org/sshd#SSH_KNOWN_HOSTS_FILE_FORMAT */
export function knownHostsLine(host: string, port: number, { publicKey }: HostKey): string {
  return `${port === 22 ? host : `[${host}]:${port}`} ${publicKey}`;
}
