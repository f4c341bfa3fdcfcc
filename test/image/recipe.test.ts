/** Models that a repository has as a recipe alone: `train.py` is run in the image that serves them. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { runToEnd } from "../../lib/process/run.ts";
import { buildImage, cleanUp, docker, withRepository } from "./support.ts";

const images: string[] = [];
afterAll(async () => cleanUp(...images), 60_000);

const place = (folder: string) => join(folder, "models/iris-dtc/1.0");
const file = "models/iris-dtc/1.0/iris-dtc-1.0.joblib";

async function checksum(folder: string, runtime: string): Promise<string> {
  const image = await buildImage(folder, runtime);
  images.push(image);
  return (await docker("run", "--rm", image, "sha256sum", file)).split(" ")[0] ?? "";
}

describe("a model without its file", () => {
  it("is trained as the file beside its settings, the same each time", async () => {
    await withRepository(async (folder, runtime) => {
      const byHand = await checksum(folder, runtime);
      await rm(join(place(folder), "iris-dtc-1.0.joblib"));
      expect(await checksum(folder, runtime)).toBe(byHand);
    });
  });

  it("stops the build where its recipe fails, and the log names it", async () => {
    await withRepository(async (folder, runtime) => {
      await rm(join(place(folder), "iris-dtc-1.0.joblib"));
      await writeFile(join(place(folder), "train.py"), "raise ValueError('no data')");
      const { code, stderr } = await runToEnd("sh", [join(folder, "ci/build-image.sh"), "unused"], {
        env: { ...process.env, RUNTIME_IMAGE: runtime },
      });
      expect(code).not.toBe(0);
      expect(stderr).toContain("ValueError: no data");
      expect(stderr).toContain("models/iris-dtc/1.0/train.py failed with code 1 (see above)");
    });
  });
});

describe("a model with its file", () => {
  it("is taken as it is", async () => {
    await withRepository(async (folder, runtime) => {
      const before = await checksum(folder, runtime);
      await writeFile(join(place(folder), "train.py"), "raise ValueError('not run')");
      expect(await checksum(folder, runtime)).toBe(before);
    });
  });
});
