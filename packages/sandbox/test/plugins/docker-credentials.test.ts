/** The configuration with which docker.Image starts docker: the person's own, with the credentials of its input. */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withCredentials } from "../../src/plugins/docker/credentials.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint-docker-"));
  vi.stubEnv("DOCKER_CONFIG", folder);
  vi.stubEnv("PATH", folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const configured = (config: object) => writeFile(path.join(folder, "config.json"), JSON.stringify(config));
const login = { server: "registry.example.com", username: "ana", password: "pass" };
const made = () =>
  withCredentials(undefined, login, async ({ DOCKER_CONFIG = "" }) =>
    JSON.parse(await readFile(path.join(DOCKER_CONFIG, "config.json"), "utf8")),
  );

test("a store of credentials whose program is missing is an error, as it is for the official plugin", async () => {
  await configured({ credsStore: "desktop" });
  await expect(made()).rejects.toThrow(
    'error getting credentials - err: exec: "docker-credential-desktop": executable file not found in $PATH',
  );
});

test("a store whose program is there does not stand in the way of the given credentials", async () => {
  await configured({ credsStore: "desktop", auths: { "other.example.com": {} } });
  await writeFile(path.join(folder, "docker-credential-desktop"), "");
  await chmod(path.join(folder, "docker-credential-desktop"), 0o755);
  expect(await made()).toMatchObject({
    auths: {
      "other.example.com": {},
      "registry.example.com": { auth: Buffer.from("ana:pass").toString("base64") },
    },
  });
  expect(await made()).not.toHaveProperty("credsStore");
});
