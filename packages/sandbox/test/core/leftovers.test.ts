/** What of the docker engine belongs to a sandbox, and what does not. */
import type Docker from "dockerode";
import { expect, it } from "vitest";
import { LABEL } from "../../src/core/context.ts";
import { findInEngine } from "../../src/core/leftovers.ts";

const own = "127.0.0.1:5001/";
const other = "127.0.0.1:5002/";

/** An engine with these images and containers. */
function engine(images: object[], containers: object[]): Docker {
  const answers = {
    listImages: async () => images,
    listContainers: async () => containers,
    listNetworks: async () => [],
    listVolumes: async () => ({ Volumes: [] }),
  };
  return answers as unknown as Docker;
}

const find = async (docker: Docker) =>
  (await findInEngine(docker, "one", { containersOnly: true, registries: [own] })).containers;

it("containers are the sandbox's by label, by the name of their image, or by an image that is its alone", async () => {
  const images = [{ Id: "sha256:a", RepoTags: [`${own}app/web:latest`], RepoDigests: [] }];
  const containers = [
    { Id: "labelled", Labels: { [LABEL]: "one" }, Image: "x", ImageID: "sha256:x" },
    { Id: "named", Labels: {}, Image: `${own}root/mlserver/runtime@sha256:b`, ImageID: "sha256:b" },
    { Id: "by id", Labels: {}, Image: "sha256:a", ImageID: "sha256:a" },
    { Id: "of another", Labels: { [LABEL]: "two" }, Image: "x", ImageID: "sha256:x" },
  ];
  expect(await find(engine(images, containers))).toEqual(["labelled", "named", "by id"]);
});

it("containers of an image that another sandbox has built, too, are left to it", async () => {
  const images = [
    {
      Id: "sha256:a",
      RepoTags: [`${own}root/mlserver/runtime:latest`, `${other}root/mlserver/runtime:latest`],
    },
  ];
  const containers = [
    { Id: "of another", Labels: {}, Image: `${other}root/mlserver/runtime@sha256:c`, ImageID: "sha256:a" },
  ];
  expect(await find(engine(images, containers))).toEqual([]);
});
