import type Docker from "dockerode";
import { LABEL } from "./context.ts";

export interface LeftoverOptions {
  /** Leave networks, volumes and images. */
  containersOnly: boolean;
  /** Prefixes of the image names of this sandbox's registries, e.g. `127.0.0.1:5051/`. */
  registries: string[];
}

/** Removes what a sandbox has made in the docker engine, found by its label and its registries' names. */
export async function removeFromEngine(docker: Docker, id: string, options: LeftoverOptions): Promise<void> {
  const filters = { label: [`${LABEL}=${id}`] };
  const containers = await docker.listContainers({ all: true, filters });
  await Promise.all(
    containers.map(({ Id }) => gone(docker.getContainer(Id).remove({ force: true, v: true }))),
  );
  if (options.containersOnly) return;
  const networks = await docker.listNetworks({ filters });
  await Promise.all(networks.map(({ Id }) => gone(docker.getNetwork(Id).remove())));
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  await Promise.all((volumes ?? []).map(({ Name }) => gone(docker.getVolume(Name).remove())));

  const names = new Set<string>();
  for (const image of await docker.listImages({ digests: true })) {
    const own = [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])].filter((name) =>
      options.registries.some((registry) => name.startsWith(registry)),
    );
    for (const name of own) names.add(name.replace(/:<none>$/, ""));
    if (image.Labels?.[LABEL] === id && (image.RepoTags ?? []).length > 0) names.add(image.Id);
  }
  // One after another: tags of one image are removed in turn, the last one takes the layers along.
  for (const name of names) {
    if (!name.includes("<none>")) await gone(docker.getImage(name).remove({ force: true }));
  }
}

/** Waits for a removal; what is gone already, or goes meanwhile, is fine. */
async function gone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    const { statusCode, message = "" } = error as { statusCode?: number; message?: string };
    if (statusCode === 404) return;
    if (statusCode === 409 && message.includes("already in progress")) return;
    throw error;
  }
}
