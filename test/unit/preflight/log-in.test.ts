/** The log-in to a registry, in front of a stand-in for docker that fails as often as it is told. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { thisMachine } from "../../../infra/preflight/surroundings.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tag-to-endpoint-docker-"));
  vi.stubEnv("PATH", `${folder}${path.delimiter}${process.env.PATH}`);
  vi.stubEnv("DOCKER_HOST", "unix:///nowhere");
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** Logs in. @returns how often docker was asked, and its refusal */
async function logIn(failures: number) {
  const tries = path.join(folder, "tries");
  const docker = path.join(folder, "docker");
  writeFileSync(tries, "");
  writeFileSync(
    docker,
    `#!/bin/sh\ncat >/dev/null\necho x >> '${tries}'\n[ $(wc -l < '${tries}') -gt ${failures} ] && exit\necho 'failed with status: 401 Unauthorized' >&2\nexit 1\n`,
  );
  chmodSync(docker, 0o755);
  const refusal = await thisMachine
    .logIn("registry.example.com", "me", "secret")
    .catch((error: unknown) => error);
  return { tries: readFileSync(tries, "utf8").trim().split("\n").length, refusal };
}

// After a 502, docker says 401: it does not tell a registry that is not well from a token that is wrong.
it.each([
  ["succeeds at once", 0, 1, undefined],
  ["succeeds after an answer of a registry that is not well", 1, 2, undefined],
  ["is refused twice", 9, 2, /401 Unauthorized/],
])("a log-in %s", async (_, failures, expected, said) => {
  const { tries, refusal } = await logIn(failures);
  expect(tries).toBe(expected);
  if (said === undefined) expect(refusal).toBeUndefined();
  else expect(String(refusal)).toMatch(said);
});
