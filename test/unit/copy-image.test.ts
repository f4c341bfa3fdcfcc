/** The program that gives a model project the server's training image, against a GitLab with a registry of this process. */
import { afterEach, describe, expect, it } from "vitest";
import { copyImage } from "../../infra/commands/copy-image.ts";
import { type Answers, type Received, serve } from "../support/server.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const type = "application/vnd.docker.distribution.manifest.v2+json";
const manifest = {
  schemaVersion: 2,
  config: { digest: digest("c") },
  layers: [{ digest: digest("1") }, { digest: digest("2") }],
};
const mounted = (blob: string) =>
  `POST /v2/ml/iris/training/blobs/uploads/?mount=sha256%3A${blob.repeat(64)}&from=ml%2Fmlserver%2Ftraining`;
const put = `PUT /v2/ml/iris/training/manifests/${"a".repeat(16)}`;
const asked = ({ method, path }: Received) => `${method} ${path}`;

/** A registry that has the image and takes all of it over. */
const registry: Answers = {
  [`GET /v2/ml/mlserver/training/manifests/${digest("a")}`]: [200, manifest, { "Content-Type": type }],
  [mounted("c")]: [201],
  [mounted("1")]: [201],
  [mounted("2")]: [201],
  [put]: [201],
};

let close: () => unknown = () => undefined;
afterEach(() => close());

async function copy(answers: Answers) {
  const all: Record<string, Answers[string]> = { ...answers };
  const server = await serve(all);
  close = server.close;
  const { host } = new URL(server.url);
  all["GET /projects/5"] = [200, { container_registry_image_prefix: `${host}/ml/iris` }];
  const source = `${host}/ml/mlserver/training@${digest("a")}`;
  const account = { url: server.url, token: "glpat-canary" };
  return { server, host, all, done: () => copyImage({ account, source, project: "5", name: "training" }) };
}

describe("copy-image", () => {
  it("has the registry take over every layer once, and tags the very same manifest", async () => {
    const { done, host, server } = await copy({
      "GET /v2/": [401, {}, { "WWW-Authenticate": 'Basic realm="x"' }],
      ...registry,
    });
    expect(await done()).toEqual({ image: `${host}/ml/iris/training@${digest("a")}` });
    expect(
      server.received
        .map(asked)
        .filter((one) => /^P/.test(one))
        .sort(),
    ).toEqual([mounted("c"), mounted("1"), mounted("2"), put].sort());
    const last = server.received.at(-1);
    expect(last).toMatchObject({ method: "PUT", body: manifest });
    expect(last?.headers["content-type"]).toBe(type);
    expect(last?.headers.authorization).toBe(
      `Basic ${Buffer.from("oauth2:glpat-canary").toString("base64")}`,
    );
  });

  it("asks GitLab for a token that reads the one and writes the other", async () => {
    const { done, all, server } = await copy(registry);
    const challenge = `Bearer realm="${server.url}/jwt/auth",service="container_registry"`;
    all["GET /v2/"] = [401, {}, { "WWW-Authenticate": challenge }];
    const scope = (of: string) => `scope=repository%3Aml%2F${of}`.replaceAll(",", "%2C");
    const auth = `GET /jwt/auth?service=container_registry&${scope("mlserver%2Ftraining%3Apull")}&${scope("iris%2Ftraining%3Apull,push")}`;
    all[auth] = [200, { token: "jwt-1" }];
    await done();
    expect(server.received.map(asked)).toContain(auth);
    expect(server.received.at(-1)?.headers.authorization).toBe("Bearer jwt-1");
  });

  it("copies all images of an index before the index", async () => {
    const { done, server } = await copy({
      "GET /v2/": [200],
      ...registry,
      [`GET /v2/ml/mlserver/training/manifests/${digest("a")}`]: [
        200,
        { manifests: [{ digest: digest("b") }] },
      ],
      [`GET /v2/ml/mlserver/training/manifests/${digest("b")}`]: [200, manifest, { "Content-Type": type }],
      [`PUT /v2/ml/iris/training/manifests/${digest("b")}`]: [201],
    });
    await done();
    expect(server.received.map(asked).filter((one) => one.startsWith("PUT"))).toEqual([
      `PUT /v2/ml/iris/training/manifests/${digest("b")}`,
      put,
    ]);
  });

  it.each<[string, Answers, RegExp]>([
    [
      "an image that is gone",
      { [`GET /v2/ml/mlserver/training/manifests/${digest("a")}`]: [404] },
      /has no image ml\/mlserver\/training@sha256:a{64}: it answered 404/,
    ],
    [
      "a layer that is not taken over",
      { [mounted("2")]: [202] },
      /does not take layers of ml\/mlserver\/training over to ml\/iris\/training: it answered 202/,
    ],
    [
      "a manifest that is refused",
      { [put]: [403] },
      /does not take the image ml\/iris\/training: it answered 403/,
    ],
  ])("says what went wrong, and what to do without: %s", async (_, answers, said) => {
    const { done } = await copy({ "GET /v2/": [200], ...registry, ...answers });
    await expect(done()).rejects.toThrow(said);
    await expect(done()).rejects.toThrow("pulumi config set mlops:trainingImage none");
    await expect(done()).rejects.not.toThrow("glpat-canary");
  });
});
