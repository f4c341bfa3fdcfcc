/** The serving image from outside: rows A1-A4 of what it has to do, run as Heroku runs it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  buildRuntime,
  buildServer,
  type Container,
  cleanUp,
  docker,
  inferPath as infer,
  post,
  readJson,
  ready,
  start,
} from "./support.ts";

let image: string;
let server: Container;

beforeAll(async () => {
  image = await buildServer();
  // Any user id, a read-only file system with nothing else to write to: nothing in the image may need more.
  server = await start(image, ["--user", "54321:0", "--read-only"]);
  await ready(server);
}, 600_000);

afterAll(async () => cleanUp(image), 60_000);

interface Answer {
  model_name: string;
  model_version: string;
  outputs: Array<{ data: number[] }>;
}

describe("a prediction", () => {
  it("answers the chapter's request", async () => {
    const response = await post(
      server,
      infer,
      await readJson("image/repository/models/iris-dtc/1.0/request.json"),
    );
    expect(response.status).toBe(200);
    const answer = (await response.json()) as Answer;
    expect(answer).toMatchObject({ model_name: "iris-dtc", model_version: "1.0" });
    expect(answer.outputs[0]?.data).toEqual([0]);
  });

  it("is what scikit-learn gives for each of the 150 flowers", async () => {
    const script = `import joblib, json
from sklearn.datasets import load_iris
model = joblib.load("/srv/mlserver/models/iris-dtc/1.0/iris-dtc-1.0.joblib")
data = load_iris().data
print(json.dumps([data.tolist(), model.predict(data).tolist()]))`;
    const [data, expected] = JSON.parse(await server.exec("python", "-c", script)) as [number[][], number[]];
    const inputs = [{ name: "predict", shape: [data.length, 4], datatype: "FP64", data }];
    const answer = (await (await post(server, infer, { inputs })).json()) as Answer;
    expect(answer.outputs[0]?.data).toEqual(expected);
    expect(new Set(expected)).toEqual(new Set([0, 1, 2]));
  });

  it("tells what the model is", async () => {
    const metadata = await (await server.fetch(infer.replace("/infer", ""))).json();
    expect(metadata).toMatchObject({ name: "iris-dtc", versions: ["1.0"] });
  });

  it("comes from the default version too", async () => {
    const response = await post(
      server,
      "/mlapi/v2/models/iris-dtc/infer",
      await readJson("image/repository/models/iris-dtc/1.0/request.json"),
    );
    expect(response.status).toBe(200);
  });
});

describe("nginx", () => {
  it("serves a page at /", async () => {
    const response = await server.fetch("/");
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("server")).toBe("nginx");
    expect(await response.text()).toContain("<h1>Model server</h1>");
    for (const file of ["/style.css", "/origin.js"]) expect((await server.fetch(file)).status).toBe(200);
  });

  it("says that it is up at /healthz", async () => {
    expect(await (await server.fetch("/healthz")).json()).toEqual({ status: "ok" });
  });

  it.each([
    "/mlapi/v2/repository/index",
    "/mlapi/v2/repository/models/iris-dtc/unload",
    "/mlapi/v2%2Frepository/index",
    "/mlapi//v2/repository/index",
    "/mlapi/v2//repository/index",
    "/mlapi/v2/%72epository/index",
    "/mlapi/x/%2e%2e/v2/repository/index",
    "/mlapi/v2/models/..%2frepository/index",
    "/mlapi/v2/%2e/repository/index",
  ])("keeps %s from MLServer", async (path) => {
    const response = await post(server, path, {});
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ error: "the model repository API is not available here" });
  });

  it("does not decode twice: the path is unknown to MLServer", async () => {
    expect((await post(server, "/mlapi/v2%252Frepository/index", {})).status).toBe(404);
    expect((await server.fetch("/mlapi/v2/models/iris-dtc/ready")).status).toBe(200);
  });

  it.each([
    ["an unknown page", "GET", "/nothing", 404, "not found"],
    ["/mlapi alone", "GET", "/mlapi", 404, "not found"],
    ["a POST to the page", "POST", "/", 405, "method not allowed"],
    ["a long path", "GET", `/${"x".repeat(9000)}`, 414, "the request URI is too long"],
  ])("answers %s with JSON", async (_case, method, path, status, error) => {
    const response = await server.fetch(path, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ error });
  });

  it("refuses a body of more than 16 MB with JSON", async () => {
    const response = await server.fetch(infer, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: new Uint8Array(17 * 1024 * 1024),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ error: "the request body is larger than 16 MB" });
  });

  it("gives MLServer the client's Host, addresses and scheme", async () => {
    const config = await server.exec("cat", "/dev/shm/server/nginx.conf");
    expect(config).toMatch(/proxy_set_header Host \$host;/);
    expect(config).toMatch(/proxy_set_header X-Forwarded-For \$proxy_add_x_forwarded_for;/);
    expect(config).toMatch(/proxy_set_header X-Forwarded-Proto \$forwarded_proto;/);
    expect(config).not.toContain("${");
  });
});

describe("the image", () => {
  it("runs as a user that is not root, and brings no installer or compiler", async () => {
    const runtime = await buildRuntime();
    expect(await docker("run", "--rm", runtime, "id", "-u")).toBe("1000");
    for (const tool of ["pip", "gcc", "strip"]) {
      await expect(
        docker("run", "--rm", runtime, "bash", "-c", `command -v ${tool}`),
        tool,
      ).rejects.toThrow();
    }
  });

  it("listens on the loopback address only, but for nginx", async () => {
    const open = await server.exec("python", "-c", LISTENING);
    const inside = open.split(" ").filter((address) => !address.startsWith("0.0.0.0:"));
    expect(inside).toEqual(["127.0.0.1:8080"]);
  });

  it("carries what the starter models need: scikit-learn alone", async () => {
    await server.exec("python", "-c", "import mlserver_sklearn");
    await expect(server.exec("python", "-c", "import mlserver_lightgbm")).rejects.toThrow(/No module named/);
  });

  it("loads every public part of scikit-learn after trimming", async () => {
    const script = `import importlib, sklearn
for name in sklearn.__all__:
    if name.islower() and not hasattr(sklearn, name): importlib.import_module("sklearn." + name)
from sklearn.utils import discovery
print(len(discovery.all_estimators()))`;
    expect(Number(await server.exec("python", "-W", "ignore", "-c", script))).toBeGreaterThan(150);
  });
});

/** Addresses that are listened on, from the kernel's table. */
const LISTENING = `import socket, struct
for line in open("/proc/net/tcp").readlines()[1:]:
    fields = line.split()
    if fields[3] == "0A":
        host, port = fields[1].split(":")
        print(socket.inet_ntoa(struct.pack("<L", int(host, 16))) + ":" + str(int(port, 16)), end=" ")`;
