import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { secret } from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Engine, engine, SECRET_MARK, Thing, type ThingOptions } from "./engine.ts";
import { type TestSandbox, testSandbox } from "./sandbox.ts";

let sandbox: TestSandbox;
let api: TestSandbox["heroku"];
let pulumi: Engine;

beforeAll(async () => {
  sandbox = await testSandbox();
  api = sandbox.heroku;
  pulumi = await engine(sandbox.env);
});
afterAll(async () => {
  await pulumi.remove();
  await sandbox.remove();
});

type Inputs = Record<string, unknown>;

interface Overrides {
  app?: Inputs;
  association?: Inputs;
  formation?: Inputs;
}

const OUTPUTS = ["webUrl", "gitUrl", "herokuHostname", "uuid", "allConfigVars", "name"];

/** An app, config vars that are managed apart from it and, once there is a release, its web dynos. */
const program =
  ({ app: appInputs, association, formation }: Overrides = {}) =>
  async () => {
    const app = new Thing(
      "heroku:app/app:App",
      "app",
      {
        name: "model-server",
        region: "eu",
        stack: "container",
        configVars: { GREETING: "hello", LEVEL: "1" },
        sensitiveConfigVars: { TOKEN: "sensitive-4711-plain" },
        ...appInputs,
      },
      { outputs: OUTPUTS },
    );
    new Thing("heroku:app/configAssociation:ConfigAssociation", "association", {
      appId: app.id,
      vars: { EXTRA: "one" },
      sensitiveVars: { PASSWORD: secret("sensitive-4712-plain") },
      ...association,
    });
    if (formation) {
      new Thing("heroku:formation/formation:Formation", "formation", { appId: app.id, ...formation });
    }
    return Object.fromEntries([["id", app.id], ...OUTPUTS.map((name) => [name, app.out(name)])]);
  };

describe("the life of the Heroku resources", () => {
  let id: string;

  test("a preview touches nothing", async () => {
    expect((await pulumi.preview(program())).steps).toEqual({ app: "create", association: "create" });
    expect(await api("GET", "/apps")).toEqual([]);
  });

  test("create: the API has them, the id is the UUID, secrets are encrypted", async () => {
    const { steps, outputs, log } = await pulumi.up(program());
    expect(steps).toEqual({ app: "create", association: "create" });
    id = String(outputs.id);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    const url = new URL(String(outputs.webUrl));
    expect(outputs).toMatchObject({ uuid: id, name: "model-server", herokuHostname: url.hostname });
    expect(url.hostname).toMatch(/^model-server-[0-9a-f]+\.localhost$/);

    const state = await pulumi.state();
    expect(state.resource("association").id).toBe(`config:${id}`);
    expect(state.resource("app").outputs.allConfigVars).toHaveProperty(SECRET_MARK);
    expect(state.resource("app").outputs.sensitiveConfigVars).toHaveProperty(SECRET_MARK);
    expect(state.resource("app").outputs.configVars).toEqual({ GREETING: "hello", LEVEL: "1" });
    for (const plain of ["sensitive-4711-plain", "sensitive-4712-plain"]) {
      expect(state.text).not.toContain(plain);
      expect(log).not.toContain(plain);
    }

    expect(await api("GET", `/apps/${id}`)).toMatchObject({
      name: "model-server",
      region: { name: "eu" },
      build_stack: { name: "container" },
    });
    expect(await api("GET", `/apps/${id}/config-vars`)).toEqual({
      GREETING: "hello",
      LEVEL: "1",
      TOKEN: "sensitive-4711-plain",
      EXTRA: "one",
      PASSWORD: "sensitive-4712-plain",
    });
  });

  test("a second up has nothing to do", async () => {
    expect((await pulumi.up(program())).steps).toEqual({ app: "same", association: "same" });
  });

  test("a renamed app with changed config vars is an update; each variable is a difference of its own", async () => {
    const changes: Overrides = {
      app: { name: "model-server-2", configVars: { GREETING: "hi", MORE: "x" } },
      association: { vars: {} },
    };
    const { steps, diffs } = await pulumi.up(program(changes));
    expect(steps).toEqual({ app: "update", association: "update" });
    expect(diffs.app).toEqual([
      'configVars["GREETING"]',
      'configVars["LEVEL"]',
      'configVars["MORE"]',
      "name",
    ]);
    expect(await api("GET", `/apps/${id}`)).toMatchObject({ id, name: "model-server-2" });
    expect(await api("GET", `/apps/${id}/config-vars`)).toEqual({
      GREETING: "hi",
      MORE: "x",
      TOKEN: "sensitive-4711-plain",
      PASSWORD: "sensitive-4712-plain",
    });
    expect((await pulumi.up(program(changes))).steps).toEqual({ app: "same", association: "same" });
    await pulumi.up(program());
  });

  test("leaving out a whole map leaves its variables on the app, as the official provider does", async () => {
    const { steps } = await pulumi.up(program({ app: { configVars: undefined } }));
    expect(steps.app).toBe("same");
    expect(await api("GET", `/apps/${id}/config-vars`)).toMatchObject({ GREETING: "hello", LEVEL: "1" });
    await pulumi.up(program());
  });

  test("a refresh sees outside changes and the next up takes them back", async () => {
    await api("PATCH", `/apps/${id}/config-vars`, {
      GREETING: "by hand",
      PASSWORD: "by hand",
      OTHER: "untouched",
    });
    await pulumi.refresh();
    const { steps } = await pulumi.up(program());
    expect(steps).toEqual({ app: "update", association: "update" });
    expect(await api("GET", `/apps/${id}/config-vars`)).toMatchObject({
      GREETING: "hello",
      PASSWORD: "sensitive-4712-plain",
      OTHER: "untouched",
    });
  });

  test("dynos of an app without a release are an error in Heroku's words", async () => {
    await expect(
      pulumi.up(program({ formation: { type: "web", quantity: 1, size: "basic" } })),
    ).rejects.toThrow(
      /Patch "http:\/\/127\.0\.0\.1:\d+\/apps\/[0-9a-f-]+\/formation\/web": Couldn't find that process type/,
    );
  });

  test("an image that docker.Image pushed is released, and its dynos are scaled", async () => {
    const context = path.join(pulumi.folder, "image");
    await mkdir(context, { recursive: true });
    const serve = "trap 'exit 0' TERM; python3 -m http.server $PORT & wait";
    const command = JSON.stringify(["/bin/sh", "-c", serve]);
    await writeFile(
      path.join(context, "Dockerfile"),
      `FROM ${sandbox.env.MLOPS_BASE_IMAGE}\nCMD ${command}\n`,
    );
    const image = `${sandbox.env.HEROKU_REGISTRY}/model-server/web`;
    const withImage = (overrides: Overrides) => async () => {
      new Thing("docker:index/image:Image", "image", {
        imageName: image,
        build: { context, platform: "linux/amd64" },
        registry: {
          server: sandbox.env.HEROKU_REGISTRY,
          username: "_",
          password: secret(sandbox.env.HEROKU_API_KEY),
        },
      });
      return program(overrides)();
    };
    await pulumi.up(withImage({}));
    const digest = await imageId(image);
    await api(
      "PATCH",
      `/apps/${id}/formation`,
      { updates: [{ type: "web", docker_image: digest }] },
      ".docker-releases",
    );
    await released(id);

    const size = (name: string, quantity: number): Overrides => ({
      formation: { type: "web", quantity, size: name },
    });
    const scaled = await pulumi.up(withImage(size("standard-1x", 1)));
    expect(scaled.steps).toMatchObject({ app: "same", formation: "create", image: "same" });
    expect((await pulumi.state()).resource("formation").outputs).toMatchObject({
      size: "Standard-1X",
      quantity: 1,
    });
    expect((await pulumi.up(withImage(size("Standard-1X", 1)))).steps.formation).toBe("same");
    expect((await pulumi.up(withImage(size("standard-1x", 2)))).steps.formation).toBe("update");
    expect(await api("GET", `/apps/${id}/formation/web`)).toMatchObject({ quantity: 2, size: "Standard-1X" });

    await api("PATCH", `/apps/${id}/formation/web`, { quantity: 1 });
    await pulumi.refresh();
    expect((await pulumi.up(withImage(size("standard-1x", 2)))).diffs.formation).toEqual(["quantity"]);
  });

  test("what exists can be imported: the app by name or UUID, the formation by app and type", async () => {
    const other = await engine(sandbox.env);
    const kept: ThingOptions = { retainOnDelete: true };
    try {
      const { steps } = await other.up(async () => {
        const app = { name: "model-server", region: "eu", stack: "container" };
        new Thing("heroku:app/app:App", "app", app, { ...kept, import: "model-server" });
        new Thing(
          "heroku:formation/formation:Formation",
          "formation",
          { appId: id, type: "web", quantity: 2, size: "Standard-1X" },
          { ...kept, import: `${id}:web` },
        );
      });
      expect(steps).toEqual({ app: "import", formation: "import" });
      expect((await other.state()).resource("app").id).toBe(id);
    } finally {
      await other.remove();
    }
  });

  test("another region makes another app", async () => {
    const { steps } = await pulumi.up(program({ app: { name: "model-server-us", region: "us" } }));
    expect(steps.app).toBe("replace");
    expect(steps.association).toBe("update");
    const apps = await api<Array<{ name: string }>>("GET", "/apps");
    expect(apps.map(({ name }) => name)).toEqual(["model-server-us"]);
  });

  test("an app that was deleted outside cannot be destroyed; a refresh drops it, and the next up makes it anew", async () => {
    await api("DELETE", "/apps/model-server-us");
    await expect(pulumi.destroy()).rejects.toThrow(/error deleting App: Delete ".*": Couldn't find that app/);
    const { urn } = (await pulumi.state()).resource("app");
    await pulumi.stack.refresh({ target: [urn], onOutput: () => {} });
    await expect(pulumi.state().then(({ resource }) => resource("app"))).rejects.toThrow("no resource app");
    expect((await pulumi.up(program())).steps).toEqual({ app: "create", association: "create" });
  });

  test("a rename that fails is kept as it was wished for: the next up says success and changes nothing", async () => {
    await api("POST", "/apps", { name: "taken-name" });
    const renamed = program({ app: { name: "taken-name" } });
    await expect(pulumi.up(renamed)).rejects.toThrow(/Patch ".*": Name .*is already taken/);
    expect((await pulumi.state()).resource("app").outputs.name).toBe("taken-name");
    await pulumi.up(renamed);
    expect(await api<{ name: string }[]>("GET", "/apps")).toContainEqual(
      expect.objectContaining({ name: "model-server" }),
    );
    await pulumi.refresh();
    await api("DELETE", "/apps/taken-name");
    await pulumi.up(program());
  });

  test("destroy leaves nothing", async () => {
    await pulumi.destroy();
    expect(await api("GET", "/apps")).toEqual([]);
  });
});

describe("what Heroku and the provider refuse", () => {
  const app = (inputs: Inputs) => async () => {
    new Thing("heroku:app/app:App", "app", { region: "us", ...inputs });
  };

  test("a taken and an invalid name", async () => {
    await api("POST", "/apps", { name: "taken-name" });
    await expect(pulumi.up(app({ name: "taken-name" }))).rejects.toThrow(
      /Post "http:\/\/127\.0\.0\.1:\d+\/apps": Name (taken-name )?is already taken/,
    );
    await expect(pulumi.up(app({ name: "No_Good" }))).rejects.toThrow(/Name must start with a letter/);
    await api("DELETE", "/apps/taken-name");
  });

  test("a variable that is both plain and sensitive", async () => {
    await expect(
      pulumi.up(app({ name: "twice", configVars: { A: "1" }, sensitiveConfigVars: { A: "2" } })),
    ).rejects.toThrow("Detected duplicate config vars: [A]");
    expect(await api("GET", "/apps")).toEqual([]);
  });

  test("an app that was made but could not be finished is kept, and finished by the next up", async () => {
    await expect(pulumi.up(app({ name: "half-done", configVars: { "1BAD": "x" } }))).rejects.toThrow(
      /Patch ".*\/config-vars": Config var name "1BAD" is invalid/,
    );
    const { id } = (await pulumi.state()).resource("app");
    expect(await api("GET", `/apps/${id}`)).toMatchObject({ name: "half-done" });
    await pulumi.up(app({ name: "half-done", configVars: { GOOD: "x" } }));
    expect((await pulumi.state()).resource("app").id).toBe(id);
    expect(await api("GET", `/apps/${id}/config-vars`)).toEqual({ GOOD: "x" });
    await pulumi.destroy();
    expect(await api("GET", "/apps")).toEqual([]);
  });

  test("a missing region", async () => {
    await expect(
      pulumi.preview(async () => {
        new Thing("heroku:app/app:App", "app", { name: "nowhere" });
      }),
    ).rejects.toThrow(/The argument "region" is required/);
  });

  test("an app without a name gets one that previews and updates agree on", async () => {
    await pulumi.up(app({}));
    const { outputs } = (await pulumi.state()).resource("app");
    expect(outputs.name).toMatch(/^app-[0-9a-f]{7}$/);
    expect((await pulumi.up(app({}))).steps).toEqual({ app: "same" });
    await pulumi.destroy();
  });

  test("an endpoint that is not on this machine, and a missing key", async () => {
    const refused = async (env: Record<string, string>, message: RegExp) => {
      const away = await engine(env);
      await expect(away.preview(app({ name: "never" }))).rejects.toThrow(message);
      await rm(away.folder, { recursive: true, force: true });
    };
    await refused(
      { HEROKU_API_KEY: "x", HEROKU_API_URL: "" },
      /stand-in for heroku 1\.0\.4: it talks to loopback addresses only .* refuses https:\/\/api\.heroku\.com/,
    );
    await refused(
      { HEROKU_API_KEY: "", HEROKU_API_URL: "http://127.0.0.1:1" },
      /No Heroku credentials found.*HEROKU_API_KEY/,
    );
  });

  test("a wrong key is Heroku's own error", async () => {
    const wrong = await engine({ ...sandbox.env, HEROKU_API_KEY: "HRKU-wrong-key-value" });
    const failing = wrong.up(app({ name: "never" }));
    await expect(failing).rejects.toThrow(/Post ".*\/apps": Invalid credentials provided/);
    await expect(failing).rejects.not.toThrow(/HRKU-wrong-key-value/);
    await rm(wrong.folder, { recursive: true, force: true });
  });
});

async function imageId(name: string): Promise<string> {
  const { default: Docker } = await import("dockerode");
  return (await new Docker().getImage(name).inspect()).Id;
}

async function released(app: string): Promise<void> {
  const end = Date.now() + 60_000;
  for (;;) {
    const releases = await api<Array<{ status: string; version: number }>>("GET", `/apps/${app}/releases`);
    if (releases.every(({ status }) => status !== "pending")) return;
    if (Date.now() > end) throw new Error("the release stays pending");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
