/** The repository's own models, trained by their notebooks' code inside the runtime image and served by it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { releaseModels } from "./model-projects.ts";
import { buildServer, type Container, cleanUp, post, readJson, ready, start } from "./support.ts";

const path = (model: string) => `/mlapi/v2/models/${model}/versions/v1.0.0`;

interface Answer {
  outputs: Array<{ name: string; datatype: string; shape: number[]; data: unknown[] }>;
}

let image: string | undefined;
let server: Container;

beforeAll(async () => {
  image = await buildServer(releaseModels);
  server = await start(image);
  await ready(server);
}, 300_000);

afterAll(async () => cleanUp(image));

/** The output of the answer to a V2 request, which must be 200 and have one. */
async function ask(model: string, body: unknown): Promise<Answer["outputs"][number]> {
  const response = await post(server, `${path(model)}/infer`, body);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  const [output] = (JSON.parse(text) as Answer).outputs;
  if (!output) throw new Error(`no output: ${text}`);
  return output;
}

const words = (data: string[], changes: object = {}) => ({
  inputs: [{ name: "predict", shape: [data.length], datatype: "BYTES", data, ...changes }],
});

describe("product-classifier", () => {
  const file = "/srv/mlserver/models/product-classifier-v1.0.0/product-classifier.joblib";

  it("answers the chapter's request with the categories' names as a BYTES tensor", async () => {
    const output = await ask("product-classifier", await readJson("models/product-classifier/request.json"));
    expect(output).toMatchObject({
      name: "predict",
      datatype: "BYTES",
      shape: [3, 1],
      data: ["brinquedos", "brinquedos", "games"],
    });
  });

  it("understands accents, their lack, and capitals, and answers in UTF-8", async () => {
    const output = await ask(
      "product-classifier",
      words([
        "Fogão de quatro bocas",
        "FOGAO",
        "tênis",
        "tenis",
        "câmera de segurança Wi-Fi",
        "película de vidro para celular",
      ]),
    );
    expect(output.data).toEqual(["casa", "casa", "moda", "moda", "eletrônicos", "eletrônicos"]);
  });

  it.each([
    ["of another name", words(["boneca"], { name: "descriptions" })],
    ["of shape [n, 1]", words(["boneca"], { shape: [1, 1] })],
    ["with its content type", words(["boneca"], { parameters: { content_type: "str" } })],
  ])("takes a tensor %s", async (_, body) => {
    expect((await ask("product-classifier", body)).data).toEqual(["brinquedos"]);
  });

  it("gives the categories' probabilities when asked", async () => {
    const output = await ask("product-classifier", {
      ...words(["boneca"]),
      outputs: [{ name: "predict_proba" }],
    });
    expect(output).toMatchObject({ name: "predict_proba", datatype: "FP64", shape: [1, 7] });
    expect((output.data as number[]).reduce((a, b) => a + b)).toBeCloseTo(1);
  });

  it("is small", async () => {
    expect(Number(await server.exec("stat", "--format=%s", file))).toBeLessThan(200_000);
  });

  it("needs no code but the libraries' own to be loaded", async () => {
    const script = `import joblib, pickle, sys
found = set()
find_class = pickle._Unpickler.find_class
def record(self, module, name):
    found.add(module.split(".")[0])
    return find_class(self, module, name)
pickle._Unpickler.find_class = record
joblib.load(sys.argv[1])
print(*sorted(found))`;
    expect(await server.exec("python", "-c", script, file)).toBe("joblib numpy sklearn");
  });
});

describe.each(["iris-decision-tree", "iris-dtc"])("%s", (model) => {
  it.each(["FP32", "FP64"])("answers the chapter's flower as %s", async (datatype) => {
    const version = model === "iris-dtc" ? "1.0" : "v1.0.0";
    const body = { inputs: [{ name: "predict", shape: [1, 4], datatype, data: [[5, 3.4, 1.5, 0.2]] }] };
    const response = await post(server, `/mlapi/v2/models/${model}/versions/${version}/infer`, body);
    expect(((await response.json()) as Answer).outputs[0]).toMatchObject({
      name: "predict",
      datatype: "INT64",
      shape: [1, 1],
      data: [0],
    });
  });
});

describe("metadata", () => {
  it.each(["iris-decision-tree", "product-classifier"] as const)(
    "of %s tell a client what to send and what comes back",
    async (model) => {
      const settings = (await readJson(`models/${model}/model-settings.json`)) as Record<string, object>;
      const response = await server.fetch(path(model));
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        name: model,
        platform: "sklearn",
        inputs: settings.inputs,
        outputs: settings.outputs,
      });
    },
  );
});
