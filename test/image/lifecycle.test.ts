/** Start and end of the container: settings, signals, and what happens when one of the two processes dies. */
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runToEnd } from "../../lib/process/run.ts";
import {
  addPythonModel,
  buildServer,
  type Container,
  cleanUp,
  docker,
  inferPath,
  iris,
  post,
  processOf,
  ready,
  start,
} from "./support.ts";

/** A model that takes as many seconds as its input says. */
const slow = `
import asyncio
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse

class Model(MLModel):
    async def predict(self, payload):
        seconds = NumpyCodec.decode_input(payload.inputs[0])
        await asyncio.sleep(float(seconds.flat[0]))
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("slept", seconds)])
`;
const slowPath = "/mlapi/v2/models/slow/infer";
const seconds = (count: number) => ({
  inputs: [{ name: "seconds", shape: [1, 1], datatype: "FP64", data: [count] }],
});

let image: string;

beforeAll(async () => {
  image = await buildServer((folder) => addPythonModel(folder, "slow", slow));
}, 600_000);

afterAll(async () => cleanUp(image), 60_000);

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
    const { code, stdout, stderr } = await runToEnd("docker", ["run", "--rm", ...options, image]);
    expect(stdout + stderr).toContain(`serve: ${message}`);
    expect((stdout + stderr).trim().split("\n")).toHaveLength(1);
    expect(code).toBe(64);
  });

  it("may be the one that MLServer has by default", async () => {
    const container = await start(image, ["--env", "PORT=8080", "--publish", "127.0.0.1::8080"]);
    const address = (await docker("port", container.id, "8080/tcp")).split("\n")[0];
    await ready({ ...container, fetch: (path) => fetch(`http://${address}${path}`) });
  });
});

describe("other settings", () => {
  it.each([
    ["BROKEN_MODELS=ignore", "BROKEN_MODELS is 'ignore'; it must be 'fail' or 'skip'."],
    ["ACCESS_LOG=yes", "ACCESS_LOG is 'yes'; it must be 'on' or 'off'."],
    ["BOOT_WAIT=soon", "BOOT_WAIT is 'soon'; it must be a number of seconds."],
  ])("%s ends with one clear message and code 64", async (setting, message) => {
    const words = ["run", "--rm", "--env", "PORT=5000", "--env", setting, image];
    const { code, stdout, stderr } = await runToEnd("docker", words);
    expect(stdout + stderr).toBe(`serve: ${message}\n`);
    expect(code).toBe(64);
  });

  it("ACCESS_LOG=off keeps requests out of the log, on has them there within seconds", async () => {
    const [off, on] = await Promise.all([started("--env", "ACCESS_LOG=off"), started()]);
    for (const container of [off, on]) await post(container, inferPath, iris);
    await expect.poll(() => on.logs(), { timeout: 5000 }).toContain(`"POST ${inferPath} HTTP/1.1" 200`);
    expect(await off.logs()).not.toContain("POST");
  });

  it("MLSERVER_METRICS_ENDPOINT opens the metrics, which are closed otherwise", async () => {
    const [open, closed] = await Promise.all([
      started("--env", "MLSERVER_METRICS_ENDPOINT=/metrics", "--read-only"),
      started(),
    ]);
    await post(open, inferPath, iris);
    const metrics = await (await open.fetch("/metrics")).text();
    expect(metrics).toContain('model_infer_request_success_total{model="iris-dtc",version="1.0"} 1.0');
    expect((await closed.fetch("/metrics")).status).toBe(404);
  });

  it("MLSERVER_PARALLEL_WORKERS wins over the image's settings.json", async () => {
    const container = await started("--env", "MLSERVER_PARALLEL_WORKERS=1", "--read-only");
    expect(await processOf(container, "multiprocessing.spawn")).toMatch(/^\d+$/);
    expect((await post(container, inferPath, iris)).status).toBe(200);
    await docker("kill", "--signal=SIGTERM", container.id);
    expect(await container.ended()).toBe(0);
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

  it("SIGTERM lets what is in flight finish: every request is answered, in full", async () => {
    const container = await started();
    const answers = Promise.all(
      Array.from({ length: 50 }, async () => {
        const response = await post(container, slowPath, seconds(4));
        return [response.status, await response.json()];
      }),
    );
    await sleep(1000);
    await docker("kill", "--signal=SIGTERM", container.id);
    const outputs = [{ name: "slept", shape: [1, 1], datatype: "FP64", data: [4] }];
    for (const answer of await answers) expect(answer).toMatchObject([200, { outputs }]);
    expect(await container.ended()).toBe(0);
  });

  it("SIGTERM lets a body that is still arriving arrive", async () => {
    const container = await started();
    const body = JSON.stringify(iris);
    const { hostname, port } = new URL(container.url);
    const headers = { "content-type": "application/json", "content-length": body.length };
    const status = new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request({ hostname, port, method: "POST", path: inferPath, headers });
      outgoing.on("response", (response) => resolve(response.resume().statusCode));
      outgoing.on("error", reject);
      outgoing.write(body.slice(0, 10));
      setTimeout(() => outgoing.end(body.slice(10)), 3000);
    });
    await sleep(1000);
    await docker("kill", "--signal=SIGTERM", container.id);
    expect(await status).toBe(200);
    expect(await container.ended()).toBe(0);
  });

  it("SIGTERM ends a request that takes longer than 10 seconds, and says so", async () => {
    const container = await started();
    const answer = post(container, slowPath, seconds(25)).then(
      () => "answered",
      () => "cut",
    );
    await sleep(500);
    const before = Date.now();
    await docker("kill", "--signal=SIGTERM", container.id);
    expect(await container.ended()).toBe(1);
    expect(Date.now() - before).toBeLessThan(10_500);
    expect(await answer).toBe("cut");
    expect(await container.logs()).toContain("did not end in time and is killed");
  });

  it.each([0, 200, 500, 1000, 3000])(
    "SIGKILL after %d ms leaves nothing that keeps it from starting",
    async (ms) => {
      const container = await start(image);
      await sleep(ms);
      await docker("kill", "--signal=SIGKILL", container.id);
      await container.ended();
      await docker("start", container.id);
      const address = (await docker("port", container.id)).split("\n")[0]?.split(" -> ")[1];
      await ready({ ...container, fetch: (path, init) => fetch(`http://${address}${path}`, init) });
    },
  );

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
