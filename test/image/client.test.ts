/** The server asked by a V2 client that is not of this project, in every way that client has: Triton's, over HTTP. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { releaseModels } from "./model-projects.ts";
import { baseImage, buildServer, cleanUp, docker, ready, root, start } from "./support.ts";

let image: string;
let answers: Record<string, unknown>;

beforeAll(async () => {
  image = await buildServer(releaseModels);
  const server = await start(image);
  await ready(server);
  const client = "tag-to-endpoint.test/client";
  const base = `BASE_IMAGE=${await baseImage()}`;
  await docker("build", "--quiet", "--build-arg", base, "--tag", client, join(root, "test/image/client"));
  const port = await server.exec("sh", "-c", 'echo "$PORT"');
  const address = `127.0.0.1:${port}/mlapi`;
  answers = JSON.parse(await docker("run", "--rm", "--network", `container:${server.id}`, client, address));
}, 600_000);

afterAll(async () => cleanUp(image), 60_000);

const ways = [
  "as the client likes it",
  "in JSON",
  "in JSON, answered in binary",
  "in binary, answered in JSON",
  "compressed",
  "deflated",
];

describe("tritonclient", () => {
  it("finds the server live and ready, with its extension", () => {
    expect(answers.live).toBe(true);
    expect(answers.ready).toBe(true);
    expect(answers.server).toMatchObject({ name: "mlserver", extensions: ["binary_tensor_data"] });
  });

  it.each([
    ["iris-decision-tree", "FP32", "INT64"],
    ["product-classifier", "BYTES", "BYTES"],
  ])("finds model %s ready, with its metadata", (model, input, output) => {
    expect(answers[`${model} ready`]).toBe(true);
    expect(answers[`${model} metadata`]).toMatchObject({
      name: model,
      versions: ["v1.0.0"],
      platform: "sklearn",
      inputs: [{ name: "predict", datatype: input }],
      outputs: [{ name: "predict", datatype: output }],
    });
  });

  it.each(ways)("gets flowers classified %s", (way) => {
    expect(answers[`iris-decision-tree FP32 ${way}`]).toEqual([0, 2]);
    expect(answers[`iris-decision-tree FP64 ${way}`]).toEqual([0, 2]);
  });

  it.each(ways)("gets products classified %s", (way) => {
    expect(answers[`product-classifier BYTES ${way}`]).toEqual(["brinquedos", "moda", "casa", "games"]);
  });

  it("gets two outputs at once", () => {
    expect(answers["two outputs"]).toEqual([
      [[0], [2]],
      [
        [1, 0, 0],
        [0, 0, 1],
      ],
    ]);
  });

  it("is told what was wrong", () => {
    expect(answers["unknown model"]).toEqual(["404", "Model nothing with version v1.0.0 not found"]);
    expect(answers["wrong shape"]).toEqual(["400", expect.stringContaining("X has 3 features")]);
    expect(answers["wrong type"]).toEqual(["400", "input predict has datatype FP32; the model takes BYTES"]);
  });
});
