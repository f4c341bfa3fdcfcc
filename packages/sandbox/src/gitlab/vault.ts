import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { writeAtomically } from "../core/store.ts";

/** Seals secret values for the disk: AES-256-GCM with a key that lies beside the state, readable by its owner alone. */
export interface Vault {
  seal(plain: string): string;
  open(sealed: string): string;
}

const ALGORITHM = "aes-256-gcm";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Opens the vault whose key is in `keyFile`, making the key at the first start. */
export async function openVault(keyFile: string): Promise<Vault> {
  if (!existsSync(keyFile)) await writeAtomically(keyFile, randomBytes(KEY_BYTES).toString("base64"));
  const key = Buffer.from(readFileSync(keyFile, "utf8"), "base64");
  if (key.length !== KEY_BYTES) throw new Error(`${keyFile} is not a key of ${KEY_BYTES} bytes`);
  return {
    seal(plain) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce);
      const body = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64");
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, "base64");
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
    },
  };
}

/** A new token with GitLab's prefix for its kind: https://docs.gitlab.com/security/tokens/#token-prefixes */
export function newToken(prefix: "glpat-" | "glcbt-" | "glrt-" | "glptt-" | "gldt-"): string {
  return prefix + randomBytes(15).toString("base64url");
}

/** What is stored of a token. Tokens are random, so a plain hash cannot be reversed. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
