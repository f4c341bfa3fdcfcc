/** What set-up says of a docker engine that this user may not use, or that does not run. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { dockerEngine } from "../src/steps/system.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tag-to-endpoint engine-"));
  mkdirSync(path.join(folder, "bin"));
  vi.stubEnv("PATH", path.join(folder, "bin"));
  vi.spyOn(process, "getuid").mockReturnValue(1000);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** Has the docker client fail with these words. */
const clientSays = (words: string) =>
  writeFileSync(path.join(folder, "bin/docker"), `#!/bin/sh\necho '${words}' >&2\nexit 1\n`, { mode: 0o755 });
const told = () =>
  dockerEngine
    .make(() => {})
    .then(
      () => "",
      (error: Error) => error.message,
    );

it("names the group and the command that a user without it needs, and no other way", async () => {
  clientSays(
    "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock: dial unix",
  );
  expect(await dockerEngine.isPresent()).toBe(false);
  const { username } = userInfo();
  expect(await told()).toBe(
    `User ${username} may not use the docker engine of this machine: only root and members of group docker may.
Fix: sudo usermod --append --groups docker ${username}, then log in again (or, for this terminal: newgrp docker).
Members of that group can do on this machine what root can.`,
  );
});

it("says how to start one that does not run, where this user cannot", async () => {
  clientSays(
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
  );
  const message = await told();
  expect(message).toContain("Is the docker daemon running?");
  expect(message).toMatch(/^Fix: start it \(sudo systemctl start docker\)/m);
  expect(message).not.toContain("group");
});
