/** Which images of a sandbox outlive it as a cache. */
import type Docker from "dockerode";
import { expect, it } from "vitest";
import { keepLayers, tagsToKeep } from "../../src/core/image-cache.ts";

const own = "127.0.0.1:5001/";

it("the newest images of the sandbox's registry are kept, by the last part of their names", () => {
  const images = [
    {
      Id: "sha256:a",
      RepoTags: [`${own}root/mlserver/runtime:latest`, "127.0.0.1:5002/root/mlserver/runtime:latest"],
    },
    { Id: "sha256:b", RepoTags: [`${own}root/mlserver/training:latest`] },
    { Id: "sha256:c", RepoTags: [`${own}root/mlserver/runtime:commit-1`] },
    { Id: "sha256:d", RepoTags: ["127.0.0.1:5002/root/other/thing:latest", "debian:latest"] },
    { Id: "sha256:e", RepoTags: null },
  ];
  expect(Object.fromEntries(tagsToKeep(images, own))).toEqual({ runtime: "sha256:a", training: "sha256:b" });
});

/** An engine with these images; what is asked of it is in `calls`. */
function engine(images: object[], statusOfRemove = 200) {
  const calls: string[] = [];
  const docker = {
    listImages: async () => images,
    getImage: (name: string) => ({
      remove: async () => {
        calls.push(`remove ${name}`);
        if (statusOfRemove >= 400) throw Object.assign(new Error("no"), { statusCode: statusOfRemove });
      },
      tag: async ({ repo, tag }: { repo: string; tag: string }) => calls.push(`tag ${name} ${repo}:${tag}`),
    }),
  };
  return { docker: docker as unknown as Docker, calls };
}

it("an image takes the place of the one that was kept before, so that no more than one is", async () => {
  const images = [
    { Id: "sha256:old", RepoTags: ["tag-to-endpoint/cache:runtime"] },
    { Id: "sha256:new", RepoTags: [`${own}root/mlserver/runtime:latest`] },
  ];
  for (const status of [200, 404]) {
    const { docker, calls } = engine(images, status);
    await keepLayers(docker, own);
    expect(calls).toEqual([
      "remove tag-to-endpoint/cache:runtime",
      "tag sha256:new tag-to-endpoint/cache:runtime",
    ]);
  }
  await expect(keepLayers(engine(images, 500).docker, own)).rejects.toThrow("no");
});

it("an image that is kept already is left alone", async () => {
  const images = [
    { Id: "sha256:a", RepoTags: ["tag-to-endpoint/cache:runtime", `${own}root/mlserver/runtime:latest`] },
  ];
  const { docker, calls } = engine(images);
  await keepLayers(docker, own);
  expect(calls).toEqual([]);
});
