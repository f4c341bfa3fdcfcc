import { randomInt } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { writeAtomically } from "./store.ts";

/** The loopback ports of a sandbox. They are chosen once and kept, since URLs with them are stored in many places. */
export interface SandboxPorts {
  gitlab: number;
  gitlabSsh: number;
  gitlabRegistry: number;
  heroku: number;
  herokuRegistry: number;
  router: number;
}

const PREFERRED: SandboxPorts = {
  gitlab: 8929,
  gitlabSsh: 8922,
  gitlabRegistry: 5050,
  heroku: 8930,
  herokuRegistry: 5051,
  router: 8931,
};

// Below the range the kernel takes ports for outgoing connections from, so that a port of ours is not
// taken by chance while the sandbox is stopped.
const RANGE = { from: 20_000, to: 32_000 };

/**
 * The ports kept in `file`, or, at the first start, free ones (the usual numbers where `usual` is set and
 * they are free). Throws one error that names every kept port that somebody else now listens on.
 */
export async function resolvePorts(file: string, usual: boolean): Promise<SandboxPorts> {
  const kept = existsSync(file) ? await checkKept(file) : {};
  const names = Object.keys(PREFERRED) as (keyof SandboxPorts)[];
  // An older sandbox has not chosen all of them.
  const missing = names.filter((name) => kept[name] === undefined);
  const ports = { ...PREFERRED, ...kept };
  const chosen = new Set<number>(Object.values(kept));
  for (const name of missing) {
    ports[name] = await choose(usual ? PREFERRED[name] : undefined, chosen);
    chosen.add(ports[name]);
  }
  if (missing.length > 0) await writeAtomically(file, `${JSON.stringify(ports)}\n`);
  return ports;
}

async function checkKept(file: string): Promise<Partial<SandboxPorts>> {
  const ports = JSON.parse(readFileSync(file, "utf8")) as Partial<SandboxPorts>;
  const taken: string[] = [];
  for (const [name, port] of Object.entries(ports)) {
    if (!(await isFree(port))) taken.push(`${port} (${name})`);
  }
  if (taken.length > 0) {
    throw new Error(
      `another program listens on this sandbox's ${taken.length === 1 ? "port" : "ports"} ${taken.join(", ")}. ` +
        "End that program (`ss -ltnp` names it), or run `npm run sandbox -- reset` for a new sandbox on free ports.",
    );
  }
  return ports;
}

async function choose(preferred: number | undefined, chosen: Set<number>): Promise<number> {
  if (preferred !== undefined && !chosen.has(preferred) && (await isFree(preferred))) return preferred;
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(RANGE.from, RANGE.to);
    if (!chosen.has(port) && (await isFree(port))) return port;
  }
  throw new Error(`no free port between ${RANGE.from} and ${RANGE.to} on 127.0.0.1`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") resolve(false);
      else reject(error);
    });
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
