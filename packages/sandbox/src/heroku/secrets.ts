import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { writeAtomically } from "../core/store.ts";

/** An encrypted text: AES-256-GCM; nonce, tag and ciphertext in base64. */
export interface Sealed {
  sealed: string;
}

/** Encrypts what is stored and opens it again, with a key that is in a file of its own. */
export interface Vault {
  seal(text: string): Sealed;
  open(value: Sealed): string;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Opens the vault whose key is in `keyFile` (mode 0600), making a new key at the first start. */
export async function openVault(keyFile: string): Promise<Vault> {
  if (!existsSync(keyFile)) await writeAtomically(keyFile, randomBytes(32).toString("base64"));
  const key = Buffer.from(readFileSync(keyFile, "utf8"), "base64");
  if (key.length !== 32) throw new Error(`the key in ${keyFile} is damaged: 32 bytes in base64 are expected`);
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce);
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return { sealed: Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64") };
    },
    open({ sealed }) {
      const bytes = Buffer.from(sealed, "base64");
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
    },
  };
}

/** A new API token, with the prefix of https://devcenter.heroku.com/articles/oauth#prefixed-oauth-tokens */
export function newToken(): string {
  return `HRKU-${randomUUID()}`;
}

export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
