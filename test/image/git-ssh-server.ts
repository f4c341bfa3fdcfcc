/** A git server over SSH that wants one key, around git's own services. */
import { spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";
import { create as newKeyPair } from "../../infra/commands/ssh-key-pair.ts";

export interface GitSshServer {
  /** `ssh://git@127.0.0.1:PORT` */
  readonly url: string;
  /** Its host key as a line of a `known_hosts` file. */
  readonly knownHosts: string;
  /** What clients have done so far: `log-in`, then the services of git. */
  readonly seen: string[];
  close(): Promise<void>;
}

/** Serves the repositories below a folder to who has the key; one who only reads is refused as GitLab does it. */
export async function gitSshServer(
  folder: string,
  { publicKey, canPush = true }: { publicKey: string; canPush?: boolean },
): Promise<GitSshServer> {
  const host = newKeyPair();
  const wanted = ssh2.utils.parseKey(publicKey);
  if (wanted instanceof Error) throw wanted;
  const seen: string[] = [];
  const server = new ssh2.Server({ hostKeys: [Buffer.from(host.privateKey, "base64")] }, (client) => {
    client.on("error", () => seen.push("broken off"));
    client.on("authentication", (context) => {
      if (context.method !== "publickey" || !context.key.data.equals(wanted.getPublicSSH())) {
        return context.reject(["publickey"]);
      }
      seen.push("log-in");
      const { blob, signature } = context;
      if (signature && (!blob || wanted.verify(blob, signature, context.hashAlgo) !== true)) {
        return context.reject(["publickey"]);
      }
      context.accept();
    });
    client.on("session", (accept) => {
      accept().on("exec", (run, _reject, { command }) => {
        const [, service = "", path = ""] = /^git-(upload-pack|receive-pack) '(.+)'$/.exec(command) ?? [];
        seen.push(service);
        const stream = run();
        if (service === "receive-pack" && !canPush) {
          stream.stderr.write("remote: ERROR: This deploy key does not have write access to this project.\n");
          stream.exit(1);
          return stream.end();
        }
        const child = spawn("git", [service, join(folder, path)], { stdio: "pipe" });
        stream.pipe(child.stdin);
        child.stdout.pipe(stream, { end: false });
        child.stderr.pipe(stream.stderr, { end: false });
        child.once("close", (code) => {
          stream.exit(code ?? 1);
          stream.end();
        });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  const [type, key] = host.publicKey.split(" ");
  return {
    url: `ssh://git@127.0.0.1:${port}`,
    knownHosts: `[127.0.0.1]:${port} ${type} ${key}`,
    seen,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
