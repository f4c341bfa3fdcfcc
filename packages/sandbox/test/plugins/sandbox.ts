import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Sandbox, startSandbox } from "../../src/index.ts";

/** A sandbox of a test's own, with calls of its two APIs as the one who owns everything in it. */
export interface TestSandbox {
  env: Record<string, string>;
  gitlab<T = Record<string, unknown>>(method: string, route: string, body?: unknown): Promise<T>;
  heroku<T = Record<string, unknown>>(
    method: string,
    route: string,
    body?: unknown,
    variant?: string,
  ): Promise<T>;
  remove(): Promise<void>;
}

/** Starts a sandbox in a temporary folder. */
export async function testSandbox(): Promise<TestSandbox> {
  const folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint plugins-"));
  const sandbox: Sandbox = await startSandbox({ stateDir: path.join(folder, "sandbox") });
  const { env } = sandbox;
  return {
    env,
    gitlab: (method, route, body) =>
      call(`${env.GITLAB_BASE_URL}${route}`, method, { "private-token": env.GITLAB_TOKEN as string }, body),
    heroku: (method, route, body, variant = "") =>
      call(
        `${env.HEROKU_API_URL}${route}`,
        method,
        {
          authorization: `Bearer ${env.HEROKU_API_KEY}`,
          accept: `application/vnd.heroku+json; version=3${variant}`,
        },
        body,
      ),
    async remove() {
      await sandbox.reset();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function call<T>(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: unknown,
): Promise<T> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}
