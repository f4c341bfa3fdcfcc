/** What a client can do wrong: each gets a 4xx and a JSON error of the V2 protocol, and the server still answers. */
import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildServer, type Container, cleanUp, inferPath, iris, post, ready, start } from "./support.ts";

let image: string;
let server: Container;

beforeAll(async () => {
  image = await buildServer();
  server = await start(image, ["--user", "54321:0"]);
  await ready(server);
}, 600_000);

afterAll(async () => cleanUp(image), 60_000);

afterEach(async () => {
  const response = await post(server, inferPath, iris);
  expect(response.status).toBe(200);
  expect(((await response.json()) as { outputs: Array<{ data: number[] }> }).outputs[0]?.data).toEqual([0]);
});

interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly text: string;
}

/** One exchange with the path sent as it is; `fetch` would tidy it up first. */
function send(method: string, path: string, body: Buffer, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url);
    const length = body.length > 0 ? { "content-length": String(body.length) } : {};
    const request = httpRequest({ hostname, port, method, path, headers: { ...length, ...headers } });
    request.on("response", (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers["content-type"],
          text: Buffer.concat(parts).toString("utf8"),
        }),
      );
    });
    let written = 0;
    request.on("error", (error) => {
      // The server may refuse a body by its length alone; what is left of it then cannot be written.
      if (written < body.length) reject(error);
    });
    request.end(body, () => {
      written = body.length;
    });
  });
}

function expectError({ status, type, text }: Answer, wanted: number, error: string): void {
  expect(text).toContain(error);
  expect(status).toBe(wanted);
  expect(type).toBe("application/json");
  expect(Object.keys(JSON.parse(text) as object)).toEqual(["error"]);
}

const json = { "content-type": "application/json" };
const [input] = iris.inputs;
const tensor = (changes: object) => JSON.stringify({ inputs: [{ ...input, ...changes }] });
const without = (key: "name" | "shape" | "datatype" | "data") => tensor({ [key]: undefined });

describe("an inference request", () => {
  it.each<[string, string, number, string]>([
    ["too few features", tensor({ shape: [1, 3], data: [1, 2, 3] }), 400, "X has 3 features"],
    ["another shape than its data", tensor({ shape: [2, 4] }), 400, "cannot reshape array of size 4"],
    ["a negative size", tensor({ shape: [-1, 4] }), 400, "sizes must be 0 or more"],
    ["no rows", tensor({ shape: [0, 4], data: [] }), 400, "0 sample(s)"],
    ["a shape that is text", tensor({ shape: "1x4" }), 422, "inputs.0.shape: Input should be a valid list"],
    ["a shape of fractions", tensor({ shape: [1.5, 4] }), 422, "inputs.0.shape.0"],
    ["an enormous shape", tensor({ shape: [1e15, 4] }), 400, "cannot reshape"],
    ["an unknown datatype", tensor({ datatype: "FLOAT" }), 422, "inputs.0.datatype: Input should be 'BOOL'"],
    [
      "text where numbers belong",
      tensor({ datatype: "BYTES", data: ["a", "b", "c", "d"] }),
      400,
      "takes FP32",
    ],
    ["fewer texts than its shape says", tensor({ datatype: "BYTES", data: ["a"] }), 400, "has 1 elements"],
    [
      "numbers among its texts",
      tensor({ datatype: "BYTES", data: ["a", 2, "c", "d"] }),
      400,
      "must be strings",
    ],
    ["text among the numbers", tensor({ data: [5, 3.4, 1.5, "x"] }), 400, "to float"],
    ["objects for data", tensor({ data: { a: 1 } }), 400, "cannot use this input"],
    [
      "numbers beyond the datatype",
      tensor({ datatype: "INT8", data: [1000, 1, 1, 1] }),
      400,
      "out of bounds",
    ],
    ["rows of different lengths", tensor({ data: [[5, 3.4, 1.5], [0.2]] }), 400, "cannot use this input"],
    ["no name", without("name"), 422, "inputs.0.name: Field required"],
    ["no shape", without("shape"), 422, "inputs.0.shape: Field required"],
    ["no datatype", without("datatype"), 422, "inputs.0.datatype: Field required"],
    ["no data", without("data"), 422, "inputs.0.data: Field required"],
    ["no inputs", '{"inputs":[]}', 400, "0 were received"],
    ["two inputs", JSON.stringify({ inputs: [input, input] }), 400, "2 were received"],
    ["an unknown output", JSON.stringify({ ...iris, outputs: [{ name: "x" }] }), 400, "x was received"],
    ["an output it lacks", JSON.stringify({ ...iris, outputs: [{ name: "transform" }] }), 400, "transform"],
    ["an empty object", "{}", 422, "inputs: Field required"],
    ["a list", "[]", 422, "the body: Input should be"],
    ["a number", "5", 422, "the body: Input should be"],
    ["nothing at all", "", 422, "the body: Field required"],
    ["half of its JSON", '{"inputs": [', 400, "the body is not JSON: unexpected end of data"],
    ["no JSON", "predict this", 400, "the body is not JSON"],
    [
      "NaN, which JSON lacks",
      tensor({ data: [5, 3.4, 1.5, "NaN!"] }).replace('"NaN!"', "NaN"),
      400,
      "not JSON",
    ],
    ["a number too large for any type", tensor({}).replace("1.5", "1e999"), 400, "not JSON"],
    ["JSON nested 100,000 deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, 400, "not JSON"],
    ["bytes that are no UTF-8", `{"inputs": "\u00ff"}`, 400, "not JSON"],
  ])("with %s", async (_case, body, status, error) => {
    const encoding = _case.includes("UTF-8") ? "latin1" : "utf8";
    expectError(await send("POST", inferPath, Buffer.from(body, encoding), json), status, error);
  });

  it.each<[string, Record<string, string>, Buffer, number, string]>([
    [
      "of another type",
      { "content-type": "text/plain" },
      Buffer.from("x"),
      415,
      "it must be application/json",
    ],
    [
      "as a form",
      { "content-type": "application/x-www-form-urlencoded" },
      Buffer.from("a=b"),
      415,
      "Content-Type is 'application/x-www-form-urlencoded'",
    ],
    ["in an unknown coding", { ...json, "content-encoding": "br" }, Buffer.from("x"), 415, "gzip or deflate"],
    [
      "that is not compressed",
      { ...json, "content-encoding": "gzip" },
      Buffer.from("{}"),
      400,
      "cannot be read",
    ],
    [
      "that ends early",
      { ...json, "content-encoding": "gzip" },
      gzipSync(tensor({})).subarray(0, 40),
      400,
      "ends in the middle",
    ],
    [
      "that grows a thousandfold",
      { ...json, "content-encoding": "gzip" },
      gzipSync(Buffer.alloc(200 * 1024 * 1024, " ")),
      413,
      "the request body is larger than 16 MB",
    ],
    ["of 50 MB", json, Buffer.alloc(50 * 1024 * 1024, " "), 413, "the request body is larger than 16 MB"],
    [
      "with a binary tensor that is not there",
      { "inference-header-content-length": "900" },
      Buffer.from(tensor({})),
      400,
      "Inference-Header-Content-Length is '900'",
    ],
    [
      "with a binary tensor of another size",
      { "inference-header-content-length": "2" },
      Buffer.from("{}1234"),
      400,
      "the body has 4 bytes more than its tensors",
    ],
  ])("%s", async (_case, headers, body, status, error) => {
    expectError(await send("POST", inferPath, body, headers), status, error);
  });

  it("of 50 MB whose length is not told", async () => {
    const chunk = Buffer.alloc(1024 * 1024, " ");
    const answer = await new Promise<Answer>((resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      const request = httpRequest({ hostname, port, method: "POST", path: inferPath, headers: json });
      let answered = false;
      request.on("response", (response) => {
        answered = true;
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"], text }),
        );
      });
      request.on("error", (error) => answered || reject(error));
      let sent = 0;
      const more = () => {
        if (answered || sent++ === 50) request.end();
        else request.write(chunk, () => setImmediate(more));
      };
      more();
    });
    expectError(answer, 413, "the request body is larger than 16 MB");
  });
});

describe("a request for", () => {
  it.each<[string, string, string, number, string]>([
    [
      "a model that is not there",
      "POST",
      inferPath.replace("iris-dtc", "nothing"),
      404,
      "Model nothing with version 1.0 not found",
    ],
    [
      "a version that is not there",
      "POST",
      inferPath.replace("1.0", "9.9"),
      404,
      "with version 9.9 not found",
    ],
    [
      "a model's metadata that is not there",
      "GET",
      "/mlapi/v2/models/nothing",
      404,
      "Model nothing not found",
    ],
    ["a path that is not there", "GET", "/mlapi/v2/nothing", 404, "Not Found"],
    ["a path without an end", "POST", `${inferPath}/`, 404, "Not Found"],
    ["a file above, plain", "GET", "/../../etc/passwd", 400, "bad request"],
    ["a file above, from a model", "GET", "/mlapi/v2/models/../../../etc/passwd", 404, "not found"],
    [
      "a file above, encoded",
      "GET",
      "/mlapi/v2/models/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc/passwd",
      404,
      "not found",
    ],
    ["a file above, by its name", "POST", inferPath.replace("iris-dtc", "..%5c..%5cetc"), 404, "not found"],
    ["a path with a zero byte", "GET", "/mlapi/v2/%00", 400, "bad request"],
  ])("%s", async (_case, method, path, status, error) => {
    const body = method === "POST" ? Buffer.from(JSON.stringify(iris)) : Buffer.alloc(0);
    expectError(await send(method, path, body, json), status, error);
  });

  it.each<[string, string, number]>([
    ["GET", inferPath, 405],
    ["PUT", inferPath, 405],
    ["PATCH", inferPath, 405],
    ["DELETE", inferPath, 405],
    ["OPTIONS", inferPath, 405],
    ["TRACE", inferPath, 405],
    ["POST", "/mlapi/v2/health/ready", 405],
    ["DELETE", "/mlapi/v2/models/iris-dtc", 405],
    ["PROPFIND", inferPath, 405],
  ])("%s %s, a verb that it has not", async (method, path, status) => {
    const { status: found, type, text } = await send(method, path, Buffer.alloc(0), json);
    expect([found, type]).toEqual([status, "application/json"]);
    expect((JSON.parse(text) as { error: string }).error).toMatch(/method not allowed/i);
  });
});
