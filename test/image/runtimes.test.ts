/** The kinds of model that an image is built for. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runToEnd } from "../../lib/process/run.ts";
import {
  baseImage,
  buildServer,
  cleanUp,
  inferPath,
  iris,
  post,
  type Runtime,
  ready,
  root,
  runtimes,
  start,
  train,
} from "./support.ts";

const names = [...runtimes.keys()];
let image: string | undefined;

afterAll(async () => cleanUp(image), 60_000);

/** Tells numbers below 50 from those above. */
const training = `
import sys
import lightgbm, numpy
x = numpy.arange(100.0).reshape(-1, 1)
booster = lightgbm.train({"objective": "binary", "verbose": -1, "min_data_in_leaf": 5},
                         lightgbm.Dataset(x, label=x.ravel() > 50), 20)
sys.stdout.write(booster.model_to_string())
`;

/** Trains what the build of the image trains, and writes it to standard output. */
const trainingOf = ({ extension, train }: Runtime) => `
import sys, numpy
x = numpy.arange(100.0).reshape(-1, 1)
y = (x.ravel() > 50).astype(int)
file = "/tmp/model.${extension}"
${train.join("\n")}
sys.stdout.buffer.write(open(file, "rb").read())
`;

describe("RUNTIMES", () => {
  it("serves models of all kinds side by side", async () => {
    image = await buildServer(async (folder, runtime) => {
      for (const [name, kind] of runtimes) {
        const place = join(folder, "models", name);
        await mkdir(place);
        await train(runtime, trainingOf(kind), join(place, `model.${kind.extension}`));
        const { implementation, extension } = kind;
        const settings = { name, implementation, parameters: { uri: `model.${extension}` } };
        await writeFile(join(place, "model-settings.json"), JSON.stringify(settings));
      }
      const place = join(folder, "models/halves-v1");
      await mkdir(place);
      await train(runtime, training, join(place, "halves.bst"));
      const settings = {
        name: "halves",
        implementation: "mlserver_lightgbm.LightGBMModel",
        parameters: { uri: "halves.bst", version: "v1" },
      };
      await writeFile(join(place, "model-settings.json"), JSON.stringify(settings));
    }, names.join(" "));
    const server = await start(image);
    await ready(server);
    expect((await post(server, inferPath, iris)).status).toBe(200);
    const ask = async (model: string) => {
      const response = await post(server, `/mlapi/v2/models/${model}/infer`, {
        inputs: [{ name: "x", shape: [2, 1], datatype: "FP32", data: [[10], [90]] }],
      });
      const { outputs } = (await response.json()) as { outputs: Array<{ data: number[] }> };
      return outputs[0]?.data ?? [];
    };
    for (const name of names) {
      const [low = 1, high = 0] = await ask(name);
      expect(low, name).toBeLessThan(0.5);
      expect(high, name).toBeGreaterThan(0.5);
    }
    const [low = 1, high = 0] = await ask("halves/versions/v1");
    expect(low).toBeLessThan(0.1);
    expect(high).toBeGreaterThan(0.9);
  });

  it("names a kind that there is none of", async () => {
    const base = `BASE_IMAGE=${await baseImage()}`;
    // Docker's older builder keeps the container of a step that fails, unless told not to.
    const options = ["--force-rm", "--build-arg", base, "--build-arg", "RUNTIMES=sklearn unheard-of"];
    const { code, stdout, stderr } = await runToEnd("docker", [
      "build",
      ...options,
      join(root, "image/runtime"),
    ]);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain(
      `RUNTIMES has 'unheard-of'; it must be one or more of: ${names.join(" ")}`,
    );
  });
});
