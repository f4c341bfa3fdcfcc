/** Start and end of the container: settings, signals, and what happens when one of the two processes dies. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildServer, type Container, cleanUp, docker, processOf, ready, start, tryRun } from "./support.ts";

let image: string;
let broken: string | undefined;

beforeAll(async () => {
  image = await buildServer();
}, 600_000);

afterAll(async () => cleanUp(image, broken), 60_000);

async function started(...options: string[]): Promise<Container> {
  const container = await start(image, options);
  await ready(container);
  return container;
}

describe("PORT", () => {
  const number = "it must be a number from 1 to 65535.";
  it.each([
    [[], "PORT is not set. Give the port to listen on, for example: docker run -e PORT=9361 -p 80:9361 ..."],
    [["--env", "PORT="], "PORT is not set."],
    [["--env", "PORT=web"], `PORT is 'web'; ${number}`],
    [["--env", "PORT=0"], `PORT is '0'; ${number}`],
    [["--env", "PORT=65536"], `PORT is '65536'; ${number}`],
    [["--env", "PORT=80;return 200"], `PORT is '80;return 200'; ${number}`],
  ])("%j ends with one clear message and code 64", async (options, message) => {
    const { code, out, err } = await tryRun("docker", ["run", "--rm", ...options, image]);
    expect(out + err).toContain(`serve: ${message}`);
    expect((out + err).trim().split("\n")).toHaveLength(1);
    expect(code).toBe(64);
  });

  it("may be the one that MLServer has by default", async () => {
    const container = await start(image, ["--env", "PORT=8080", "--publish", "127.0.0.1::8080"]);
    const address = (await docker("port", container.id, "8080/tcp")).split("\n")[0];
    await ready({ ...container, fetch: (path) => fetch(`http://${address}${path}`) });
  });
});

describe("the end", () => {
  it.each(["SIGTERM", "SIGINT"])("%s ends both within 10 seconds, with code 0", async (signal) => {
    const container = await started();
    const before = Date.now();
    await docker("kill", `--signal=${signal}`, container.id);
    expect(await container.ended()).toBe(0);
    expect(Date.now() - before).toBeLessThan(10_000);
    expect(await container.logs()).toContain("serve: asked to stop");
  });

  it("SIGTERM while the models load ends it too", async () => {
    const container = await start(image);
    await docker("kill", "--signal=SIGTERM", container.id);
    const before = Date.now();
    await container.ended();
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  it.each([
    ["start.py", "KILL", 137, "MLServer"],
    ["nginx: master", "KILL", 137, "nginx"],
    ["nginx: master", "TERM", 0, "nginx"],
  ])("%s ended by SIG%s ends the container with code %d", async (text, signal, code, name) => {
    const container = await started();
    const pid = await processOf(container, text);
    await container.exec("bash", "-c", `kill -${signal} ${pid}`);
    expect(await container.ended()).toBe(code);
    expect(await container.logs()).toContain(`serve: ${name} ended by itself with code ${code}`);
  });

  it("leaves no process behind as a zombie", async () => {
    const container = await started();
    await container.exec("bash", "-c", "(sleep 0.1 &) ; exit 0");
    await new Promise((resolve) => setTimeout(resolve, 500));
    const zombies = await container.exec("bash", "-c", "grep -l '^State:.Z' /proc/[0-9]*/status || true");
    expect(zombies).toBe("");
  });
});

describe("MLServer that is not there yet", () => {
  it("is answered by nginx with 503 and JSON", async () => {
    const container = await start(image, ["--env", "BOOT_WAIT=0"]);
    let response: Response | undefined;
    for (let attempt = 0; !response && attempt < 100; attempt++) {
      response = await container.fetch("/mlapi/v2/models/iris-dtc/ready").catch(() => undefined);
      if (!response) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(response?.status).toBe(503);
    expect(response?.headers.get("content-type")).toBe("application/json");
    expect(response?.headers.get("retry-after")).toBe("2");
    expect(await response?.json()).toEqual({ error: "the model server is not ready yet" });
    await ready(container);
  });
});

describe("a model that cannot be loaded", () => {
  it("is named in the log and ends the container with code 1", async () => {
    broken = await buildServer(async (folder) => {
      const model = join(folder, "models/iris-dtc/1.0/iris-dtc-1.0.joblib");
      await rm(model);
      await writeFile(model, "this is no joblib file");
    });
    const container = await start(broken);
    expect(await container.ended()).toBe(1);
    expect(await container.logs()).toContain("Model iris-dtc version 1.0 cannot be loaded");
  });
});
