import type Docker from "dockerode";
import { LABEL } from "../../core/context.ts";
import type { PushedImage } from "../state.ts";
import { DYNO_LABEL } from "./spec.ts";

/** Removes every dyno container of the sandbox. */
export async function removeContainers(docker: Docker, id: string): Promise<void> {
  const found = await docker.listContainers({
    all: true,
    filters: { label: [`${LABEL}=${id}`, DYNO_LABEL] },
  });
  await Promise.all(found.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
}

/** The docker network of the dynos. They cannot reach one another, as on Heroku's Common Runtime. */
export async function ensureNetwork(
  docker: Docker,
  name: string,
  labels: Record<string, string>,
): Promise<string> {
  const existing = await docker.listNetworks({ filters: { name: [name] } });
  if (!existing.some((network) => network.Name === name)) {
    await docker.createNetwork({
      Name: name,
      Driver: "bridge",
      CheckDuplicate: true,
      Labels: labels,
      Options: { "com.docker.network.bridge.enable_icc": "false" },
    });
  }
  return name;
}

/** Pulls an image by the digest of its manifest. */
export async function pullImage(
  docker: Docker,
  reference: string,
  credentials: { username: string; password: string },
): Promise<void> {
  const serveraddress = reference.split("/")[0] ?? "";
  const progress = await docker.pull(reference, { authconfig: { ...credentials, serveraddress } });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress, (error) => (error === null ? resolve() : reject(error)));
  });
}

/**
 * What the engine calls an image, if it has it: engines with the containerd image store name it by its manifest, others by
 * its configuration. https://docs.docker.com/engine/storage/containerd/
 */
export async function findImage(
  docker: Docker,
  { imageId, manifest }: PushedImage,
): Promise<string | undefined> {
  for (const name of [imageId, manifest]) if (await isPresent(docker, name)) return name;
  return undefined;
}

async function isPresent(docker: Docker, name: string): Promise<boolean> {
  try {
    await docker.getImage(name).inspect();
    return true;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return false;
    throw error;
  }
}

/** Removes the pulled reference of an image; the layers go when nothing else uses them. */
export async function removeImage(docker: Docker, reference: string): Promise<void> {
  try {
    await docker.getImage(reference).remove();
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    // 404: never pulled; 409: a container of it is still ending.
    if (statusCode !== 404 && statusCode !== 409) throw error;
  }
}
