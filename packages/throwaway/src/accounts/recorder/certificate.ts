import { generate } from "selfsigned";

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const HOURS = 3_600_000;

/**
 * A certificate for these hosts and no others, valid for a day. It signs itself and cannot sign for others, so that who
 * trusts it trusts these names alone. Its key exists in this process's memory only.
 */
export async function certificateFor(hosts: readonly string[]): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "verify: recorder" }], {
    keyType: "ec",
    algorithm: "sha256",
    notAfterDate: new Date(Date.now() + 24 * HOURS),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: hosts.map((value) => ({ type: 2, value })) },
    ],
  });
  return { key, cert };
}
