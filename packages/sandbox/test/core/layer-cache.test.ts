/** Layers that one registry of a sandbox has had, and another need not be sent. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepLayers, lendLayer, WORTH_KEEPING } from "../../src/core/layer-cache.ts";

const large = "a".repeat(64);
const small = "b".repeat(64);
const blobOf = (storage: string, hex: string) =>
  join(storage, `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`);

let folder: string;
let cache: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "layers of sandboxes-"));
  cache = join(folder, "cache");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Storage of a registry that has these blobs. */
async function storageWith(name: string, blobs: Record<string, string>): Promise<string> {
  const storage = join(folder, name);
  for (const [hex, content] of Object.entries(blobs)) {
    await mkdir(dirname(blobOf(storage, hex)), { recursive: true });
    await writeFile(blobOf(storage, hex), content);
  }
  return storage;
}

const manifest = {
  layers: [
    { digest: `sha256:${large}`, size: WORTH_KEEPING },
    { digest: `sha256:${small}`, size: WORTH_KEEPING - 1 },
    { digest: "sha512:c", size: WORTH_KEEPING },
  ],
};

describe("a manifest's layers", () => {
  it("are kept where they are large, as the files that they are", async () => {
    const storage = await storageWith("first", { [large]: "layer", [small]: "little" });
    await keepLayers(cache, storage, manifest);
    await keepLayers(cache, storage, manifest);
    expect(await readdir(cache)).toEqual([large]);
    expect((await stat(join(cache, large))).ino).toBe((await stat(blobOf(storage, large))).ino);
  });

  it("may be none, or no list", async () => {
    const storage = await storageWith("first", {});
    await keepLayers(cache, storage, {});
    await keepLayers(cache, storage, { layers: "none" });
    await keepLayers(cache, storage, manifest);
    await expect(readdir(cache)).resolves.toEqual([]);
  });

  it("push out those that were used least, where they are too much", async () => {
    const storage = await storageWith("first", { [large]: "layer" });
    await mkdir(cache, { recursive: true });
    // Sparse: as large as the cache may be, without taking the room.
    await writeFile(join(cache, small), "");
    await truncate(join(cache, small), 2_000_000_000);
    await utimes(join(cache, small), 1, 1);
    await keepLayers(cache, storage, manifest);
    expect(await readdir(cache)).toEqual([large]);
  });
});

describe("a repository", () => {
  it("of another registry gets a layer that is kept", async () => {
    await keepLayers(cache, await storageWith("first", { [large]: "layer" }), manifest);
    const storage = await storageWith("second", {});
    await lendLayer(cache, storage, { repository: "root/mlserver/runtime", digest: `sha256:${large}` });
    expect(await readFile(blobOf(storage, large), "utf8")).toBe("layer");
    const place = `docker/registry/v2/repositories/root/mlserver/runtime/_layers/sha256/${large}/link`;
    expect(await readFile(join(storage, place), "utf8")).toBe(`sha256:${large}`);
  });

  it.each([`sha256:${small}`, "sha256:../../x", "x"])("gets nothing for %s", async (digest) => {
    const storage = await storageWith("second", {});
    await lendLayer(cache, storage, { repository: "a/b", digest });
    await expect(stat(join(storage, "docker"))).rejects.toThrow("ENOENT");
  });
});
