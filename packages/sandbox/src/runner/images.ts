import { PassThrough } from "node:stream";
import type Docker from "dockerode";
import { sandboxLabels } from "../core/context.ts";
import type { Instance } from "../gitlab/instance.ts";
import type { Trace } from "./trace.ts";

/** An image that could not be had. */
export class ImageError extends Error {}

/**
 * Makes sure that an image is here, pulling it when it is not; and tells whether its user is root. Images of GitLab's own
 * registry are pulled with the job's token. https://docs.gitlab.com/ci/docker/using_docker_images/
 */
export async function prepareImage(
  instance: Instance,
  name: string,
  token: string,
  trace: Trace,
): Promise<{ asRoot: boolean }> {
  const { docker } = instance.ctx;
  let found = await inspect(docker, name);
  if (found === undefined) {
    trace.line(`Pulling docker image ${name} ...`);
    try {
      await pull(docker, name, credentialsFor(instance, name, token));
    } catch (error) {
      throw new ImageError(
        `failed to pull image "${name}": ${error instanceof Error ? error.message : error}`,
      );
    }
    found = await inspect(docker, name);
    if (found === undefined) throw new ImageError(`failed to pull image "${name}"`);
  }
  trace.line(`Using docker image ${found.Id} for ${name} ...`);
  const user = found.Config.User ?? "";
  return { asRoot: ["", "0", "root", "0:0", "root:root"].includes(user) };
}

async function inspect(docker: Docker, name: string): Promise<Docker.ImageInspectInfo | undefined> {
  try {
    return await docker.getImage(name).inspect();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

function credentialsFor(
  { registryHost }: Instance,
  name: string,
  token: string,
): Docker.AuthConfig | undefined {
  if (!name.startsWith(`${registryHost}/`)) return undefined;
  return { username: "gitlab-ci-token", password: token, serveraddress: registryHost };
}

async function pull(docker: Docker, name: string, authconfig?: Docker.AuthConfig): Promise<void> {
  const reference = name.includes("@") || /:[^/]+$/.test(name) ? name : `${name}:latest`;
  const stream = await docker.pull(reference, authconfig ? { authconfig } : {});
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()));
  });
}

const rsyncChecks = new Map<string, Promise<boolean>>();

/** Whether the image that moves caches and artifacts has the rsync that this takes. Asked once for each image. */
export function hasRsync(instance: Instance, image: string): Promise<boolean> {
  const known = rsyncChecks.get(image);
  if (known !== undefined) return known;
  const { docker } = instance.ctx;
  const check = docker
    .run(image, ["-c", "command -v rsync && command -v bash"], new PassThrough().resume(), {
      Entrypoint: ["sh"],
      Labels: sandboxLabels(instance.ctx),
      HostConfig: { AutoRemove: true, NetworkMode: "none" },
    })
    .then(([result]: [{ StatusCode: number }]) => result.StatusCode === 0);
  rsyncChecks.set(image, check);
  return check;
}

/** Removes the containers and volumes that carry a label. */
export async function removeByLabel(docker: Docker, labels: string[]): Promise<void> {
  const filters = { label: labels };
  const containers = await docker.listContainers({ all: true, filters });
  await Promise.all(
    containers.map(({ Id }) => ignoreGone(docker.getContainer(Id).remove({ force: true, v: true }))),
  );
  const { Volumes } = await docker.listVolumes({ filters });
  await Promise.all(
    (Volumes ?? []).map(({ Name }) => ignoreGone(docker.getVolume(Name).remove({ force: true }))),
  );
}

/** Somebody else may remove the same thing at the same time. */
async function ignoreGone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== 404 && statusCode !== 409) throw error;
  }
}
