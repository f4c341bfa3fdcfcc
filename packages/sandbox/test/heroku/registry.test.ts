import { createHash, randomBytes } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repositoryRoot } from "../../src/core/context.ts";
import { WORTH_KEEPING } from "../../src/core/layer-cache.ts";
import { type RunningHeroku, runningHeroku } from "./running.ts";
import { login, push } from "./support.ts";

const MINUTE = 60_000;
let running: RunningHeroku;
let heroku: RunningHeroku["heroku"];
let api: RunningHeroku["api"];
let images: RunningHeroku["images"];
let isState: RunningHeroku["isState"];

beforeAll(async () => {
  running = await runningHeroku();
  ({ heroku, api, images, isState } = running);
}, 3 * MINUTE);
afterAll(() => running?.remove(), 2 * MINUTE);

describe("the registry", () => {
  const withScope = async (...scope: string[]) =>
    (await api("POST", "/oauth/authorizations", { body: { scope } })).body.access_token.token as string;
  afterAll(() => login(heroku));

  test("a wrong token cannot log in", async () => {
    const { status, output } = await login(heroku, "HRKU-wrong");
    expect(status).not.toBe(0);
    expect(output).toMatch(/unauthorized/i);
  });

  test(
    "a deploy token pushes and releases; a reading one does not push",
    async () => {
      await api("POST", "/apps", { body: { name: "deployed-app", stack: "container" } });
      await login(heroku, await withScope("read"));
      await expect(push(heroku, images[0], "deployed-app")).rejects.toThrow("denied");
      const token = await withScope("read-protected", "write-protected");
      await login(heroku, token);
      const image = await push(heroku, images[0], "deployed-app");
      const body = { updates: [{ type: "web", docker_image: image.replace("sha256:", "") }] };
      const answer = await api("PATCH", "/apps/deployed-app/formation", {
        body,
        token,
        variant: "docker-releases",
      });
      expect(answer.status).toBe(200);
      await isState("deployed-app", "web.1 up");
      await api("DELETE", "/apps/deployed-app");
    },
    MINUTE,
  );

  test("others' apps and unknown apps are denied", async () => {
    const other = await heroku.service.createAccount("stranger@example.com");
    await api("POST", "/apps", { body: { name: "private-app" } });
    await login(heroku, other.token);
    await expect(push(heroku, images[0], "private-app")).rejects.toThrow("denied");
    await expect(push(heroku, images[0], "no-such-app")).rejects.toThrow("denied");
  });

  test("a layer of somebody else's app is uploaded, not mounted", async () => {
    await login(heroku);
    await api("POST", "/apps", { body: { name: "source-app" } });
    await push(heroku, images[0], "source-app");
    const { registryHost, adminToken, createAccount } = heroku.service;
    const other = await createAccount("borrower@example.com");
    const request = (token: string, method: string, path: string) =>
      fetch(`http://${registryHost}/v2/${path}`, {
        method,
        headers: {
          accept: "application/vnd.docker.distribution.manifest.v2+json",
          authorization: `Basic ${Buffer.from(`_:${token}`).toString("base64")}`,
        },
      });
    const manifest = (await (await request(adminToken, "GET", "source-app/web/manifests/latest")).json()) as {
      layers: [{ digest: string }];
    };
    const mount = `blobs/uploads/?mount=${manifest.layers[0].digest}&from=source-app/web`;
    for (const [token, app, status] of [
      [adminToken, "own-app", 201],
      [other.token, "other-app", 202],
    ] as const) {
      await api("POST", "/apps", { body: { name: app }, token });
      expect((await request(token, "POST", `${app}/web/${mount}`)).status, app).toBe(status);
    }
  });

  test("a large layer that a sandbox of this checkout has had is there for who may push, unless faults are asked for", async () => {
    const layer = randomBytes(WORTH_KEEPING);
    const hex = createHash("sha256").update(layer).digest("hex");
    const kept = join(repositoryRoot, ".cache/layers", hex);
    await mkdir(dirname(kept), { recursive: true });
    await writeFile(kept, layer);
    try {
      const { registryHost, adminToken, createAccount } = heroku.service;
      await api("POST", "/apps", { body: { name: "second-app" } });
      const stranger = await createAccount("looks-around@example.com");
      const status = async (token: string) => {
        const headers = { authorization: `Basic ${Buffer.from(`_:${token}`).toString("base64")}` };
        const url = `http://${registryHost}/v2/second-app/web/blobs/sha256:${hex}`;
        return (await fetch(url, { method: "HEAD", headers })).status;
      };
      expect(await status(stranger.token)).toBe(403);
      heroku.ctx.faults.add({ fault: "500", service: "gitlab" });
      expect(await status(adminToken)).toBe(404);
      heroku.ctx.faults.clear();
      expect(await status(adminToken)).toBe(200);
    } finally {
      await rm(kept);
    }
  });

  test.each(["application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json"])(
    "%s is refused",
    async (type) => {
      const { registryHost, adminToken } = heroku.service;
      const answer = await fetch(`http://${registryHost}/v2/private-app/web/manifests/latest`, {
        method: "PUT",
        headers: {
          authorization: `Basic ${Buffer.from(`_:${adminToken}`).toString("base64")}`,
          "content-type": type,
        },
        body: JSON.stringify({ schemaVersion: 2, mediaType: type, manifests: [] }),
      });
      expect(answer.status).toBe(405);
      expect(await answer.json()).toMatchObject({ errors: [{ code: "UNSUPPORTED" }] });
    },
  );
});
