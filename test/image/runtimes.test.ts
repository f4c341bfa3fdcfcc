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
  ready,
  root,
  start,
  train,
} from "./support.ts";

const both = "sklearn lightgbm";
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

describe("RUNTIMES", () => {
  it("'sklearn lightgbm' serves models of both kinds side by side", async () => {
    image = await buildServer(async (folder, runtime) => {
      const place = join(folder, "models/halves-v1");
      await mkdir(place);
      await train(runtime, training, join(place, "halves.bst"));
      const settings = {
        name: "halves",
        implementation: "mlserver_lightgbm.LightGBMModel",
        parameters: { uri: "halves.bst", version: "v1" },
      };
      await writeFile(join(place, "model-settings.json"), JSON.stringify(settings));
    }, both);
    const server = await start(image);
    await ready(server);
    expect((await post(server, inferPath, iris)).status).toBe(200);
    const response = await post(server, "/mlapi/v2/models/halves/versions/v1/infer", {
      inputs: [{ name: "x", shape: [2, 1], datatype: "FP32", data: [[10], [90]] }],
    });
    const { outputs } = (await response.json()) as { outputs: Array<{ data: number[] }> };
    const [low = 1, high = 0] = outputs[0]?.data ?? [];
    expect(low).toBeLessThan(0.1);
    expect(high).toBeGreaterThan(0.9);
  });

  it("names a kind that there is none of", async () => {
    const base = `BASE_IMAGE=${await baseImage()}`;
    // Docker's older builder keeps the container of a step that fails, unless told not to.
    const options = ["--force-rm", "--build-arg", base, "--build-arg", "RUNTIMES=xgboost"];
    const { code, stdout, stderr } = await runToEnd("docker", [
      "build",
      ...options,
      join(root, "image/runtime"),
    ]);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain("RUNTIMES has 'xgboost'; it must be one or more of: sklearn lightgbm");
  });
});
