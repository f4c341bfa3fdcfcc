import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { run } from "../gitlab/harness.ts";
import type { TestHeroku } from "../heroku/support.ts";
import { herokuClient } from "./installed.ts";

/** Heroku's command line, pointed at a Heroku of a test. */
export interface HerokuCli {
  /** Runs a command that must succeed and gives back what it wrote on standard output. */
  ok(...words: string[]): Promise<string>;
  json<T>(...words: string[]): Promise<T>;
  /** Runs one, whatever comes of it: its exit code, and all that it wrote. */
  try(words: string[], options?: { cwd?: string; token?: string }): Promise<{ code: number; output: string }>;
  close(): Promise<void>;
}

/**
 * `HEROKU_HOST` is where the command line finds the API. It takes an address for it, and puts `registry.` before it for
 * the registry's: names that only DNS could know. So its requests go through a front that tells the two apart, and
 * `docker` is found behind a script that puts the registry's address in the name's place.
 */
export async function herokuCli(heroku: TestHeroku): Promise<HerokuCli> {
  const program = await herokuClient();
  const { service, folder } = heroku;
  const front = await startFront(service.url, service.registryHost);
  const host = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "docker"), await dockerScript(host, service.registryHost, folder));
  await chmod(join(bin, "docker"), 0o755);
  const names = join(bin, "names.cjs");
  await writeFile(names, NAMES);

  const environment = (token: string) => ({
    PATH: `${bin}:${process.env.PATH}`,
    HOME: folder,
    DOCKER_CONFIG: join(folder, "docker"),
    HEROKU_HOST: host,
    HEROKU_API_KEY: token,
    // It would ask another host about the account, with the token.
    HEROKU_PARTICLEBOARD_URL: host,
    DISABLE_TELEMETRY: "true",
    HEROKU_SKIP_ANALYTICS: "1",
    HEROKU_SKIP_NEW_VERSION_CHECK: "1",
    // Whatever else it wants to reach is not there.
    HTTPS_PROXY: "http://127.0.0.1:9",
    NODE_OPTIONS: `--no-deprecation --require "${names}"`,
    NODE_COMPILE_CACHE: join(program, "../../../../compiled"),
    NO_COLOR: "1",
  });
  const cli: HerokuCli = {
    async try(words, { cwd = folder, token = service.adminToken } = {}) {
      const child = spawn(process.execPath, [program, ...words], {
        cwd,
        env: environment(token),
        stdio: ["ignore", "pipe", "pipe"],
      });
      const { code, stdout, stderr } = await ended(child);
      return { code, output: `${stdout}${stderr}` };
    },
    async ok(...words) {
      const child = spawn(process.execPath, [program, ...words], {
        cwd: folder,
        env: environment(service.adminToken),
        stdio: ["ignore", "pipe", "pipe"],
      });
      const { code, stdout, stderr } = await ended(child);
      if (code !== 0) throw new Error(`heroku ${words.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
      return stdout;
    },
    json: async (...words) => JSON.parse(await cli.ok(...words, "--json")),
    close: () => new Promise((resolve) => front.close(() => resolve())),
  };
  return cli;
}

/** For Node.js: a name of the registry is one of this machine. */
const NAMES = `const dns = require("node:dns");
const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(name.startsWith("registry.") ? "127.0.0.1" : name, ...rest);
`;

async function dockerScript(host: string, registry: string, cwd: string): Promise<string> {
  const { stdout } = await run("sh", ["-c", "command -v docker"], cwd);
  const docker = stdout.trim();
  // Attestations are buildx's; where there is none, its options are not known either.
  const hasBuildx = (await run(docker, ["buildx", "version"], cwd)).code === 0;
  const dropped = hasBuildx ? "" : "--provenance | --sbom) skip=1; continue ;;";
  return `#!/bin/sh
skip=
for word do
  shift
  if [ -n "$skip" ]; then skip=; continue; fi
  case $word in
    ${dropped}
    "registry.${host}"*) word="${registry}\${word#"registry.${host}"}" ;;
  esac
  set -- "$@" "$word"
done
exec "${docker}" "$@"
`;
}

/** Hands requests on: those of the registry's protocol to the registry, all others to the API. */
async function startFront(api: string, registry: string): Promise<Server> {
  const server = createServer((incoming, answer) => {
    const target = incoming.url?.startsWith("/v2/") === true ? `http://${registry}` : api;
    const { host: _, ...headers } = incoming.headers;
    const outgoing = request(new URL(incoming.url ?? "/", target), { method: incoming.method, headers });
    outgoing.once("response", (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.once("error", (error) => answer.destroy(error));
    incoming.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function ended(child: ChildProcess): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const text = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream]?.setEncoding("utf8").on("data", (part: string) => {
        text[stream] += part;
      });
    }
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, ...text }));
  });
}
