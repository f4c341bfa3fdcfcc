import { createHash } from "node:crypto";
import ssh2 from "ssh2";
import { canRead } from "./access.ts";
import type { DeployKey, Project, State, User } from "./state.ts";

/** Types of key that GitLab takes: https://docs.gitlab.com/user/ssh/#supported-ssh-key-types */
const TYPES =
  /^(ssh-(rsa|ed25519)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)$/;

/** The bytes of a public key, or undefined for text that is none: a private key, another type, or not a whole one. */
export function publicKeyBytes(text: string): Buffer | undefined {
  const [type = "", encoded = ""] = text.trim().split(/\s+/);
  if (!TYPES.test(type) || !/^[A-Za-z0-9+/]+=*$/.test(encoded)) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  const named = bytes.length > 4 ? bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString("latin1") : "";
  if (named !== type) return undefined;
  // A key in a security token is of no use to a pipeline, and the library does not read it.
  return type.startsWith("sk-") || !(ssh2.utils.parseKey(text) instanceof Error) ? bytes : undefined;
}

/** A key's fingerprints as `ssh-keygen -l` prints them. */
export function fingerprints(key: string): { md5: string; sha256: string } {
  const bytes = publicKeyBytes(key) ?? Buffer.alloc(0);
  const hash = (name: string) => createHash(name).update(bytes);
  return {
    md5: hash("md5")
      .digest("hex")
      .replaceAll(/..(?=.)/g, "$&:"),
    sha256: `SHA256:${hash("sha256").digest("base64").replace(/=+$/, "")}`,
  };
}

/** The records of a key, one for each project that has it. */
export function recordsOf(state: State, bytes: Buffer): DeployKey[] {
  return state.deployKeys.filter(({ key }) => publicKeyBytes(key)?.equals(bytes));
}

/** A key ends at the moment that it names. */
export function hasEnded({ expiresAt }: DeployKey): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= Date.now();
}

/**
 * Whether an entry of a rule for this key lets a user through. GitLab asks for the key's maker, however that user comes:
 * "the creator of the deploy key gains access to the protected branch".
 * https://docs.gitlab.com/user/project/deploy_keys/#security-implications
 */
export function entryAllows(state: State, deployKeyId: number, user: User, project: Project): boolean {
  const key = state.deployKeys.find(({ id, projectId }) => id === deployKeyId && projectId === project.id);
  return key?.canPush === true && key.userId === user.id && canRead(state, user, project);
}
