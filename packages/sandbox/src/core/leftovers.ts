import type Docker from "dockerode";
import { CHECKOUT_LABEL, LABEL, repositoryRoot, STATE_LABEL } from "./context.ts";

export interface LeftoverOptions {
  /** Leave networks, volumes and images. */
  containersOnly: boolean;
  /** Prefixes of the image names of this sandbox's registries, e.g. `127.0.0.1:5051/`. */
  registries: string[];
}

/** What a sandbox has in the docker engine: ids of containers and networks, names of volumes and images. */
export interface EngineTraces {
  containers: string[];
  networks: string[];
  volumes: string[];
  images: string[];
}

/**
 * Finds what a sandbox has made in the docker engine, by its label and its registries' names. A deployment starts
 * containers of its own without a label: those are found by the image that they run, where no other sandbox has it.
 */
export async function findInEngine(
  docker: Docker,
  id: string,
  { containersOnly, registries }: LeftoverOptions,
): Promise<EngineTraces> {
  const filters = { label: [`${LABEL}=${id}`] };
  const isOwn = (name: string) => registries.some((registry) => name.startsWith(registry));
  const images = await docker.listImages({ digests: true });
  const ownImages = images.filter(({ RepoTags, RepoDigests }) =>
    [...(RepoTags ?? []), ...(RepoDigests ?? [])].some(isOwn),
  );
  // Sandboxes that build the same image have it under one id, each by names of its own: its containers may be another's.
  const ids = new Set(
    ownImages
      .filter(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])].every(isOwn))
      .map(({ Id }) => Id),
  );
  const containers = (await docker.listContainers({ all: true })).filter(
    ({ Labels, Image, ImageID }) => Labels?.[LABEL] === id || isOwn(Image) || ids.has(ImageID),
  );
  const found = { containers: containers.map(({ Id }) => Id), networks: [], volumes: [], images: [] };
  if (containersOnly) return found;
  const networks = await docker.listNetworks({ filters });
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  const names = new Set<string>();
  for (const { RepoTags, RepoDigests } of ownImages) {
    for (const name of [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter(isOwn)) {
      names.add(name.replace(/:<none>$/, ""));
    }
  }
  for (const { Id, Labels, RepoTags } of images) {
    if (Labels?.[LABEL] === id && (RepoTags ?? []).length > 0) names.add(Id);
  }
  return {
    ...found,
    networks: networks.map(({ Id }) => Id),
    volumes: (volumes ?? []).map(({ Name }) => Name),
    images: [...names].filter((name) => !name.includes("<none>")),
  };
}

/** Removes what a sandbox has made in the docker engine. */
export async function removeFromEngine(docker: Docker, id: string, options: LeftoverOptions): Promise<void> {
  const { containers, networks, volumes, images } = await findInEngine(docker, id, options);
  await Promise.all(containers.map((one) => gone(docker.getContainer(one).remove({ force: true, v: true }))));
  await Promise.all(networks.map((one) => gone(docker.getNetwork(one).remove())));
  await Promise.all(volumes.map((one) => gone(docker.getVolume(one).remove())));
  // One after another: tags of one image are removed in turn, the last one takes the layers along.
  for (const name of images) await gone(docker.getImage(name).remove({ force: true }));
}

/** State folders of the sandboxes of this checkout that have anything in the docker engine, with the sandboxes' ids. */
export async function sandboxesInEngine(docker: Docker): Promise<Map<string, string>> {
  const filters = { label: [`${CHECKOUT_LABEL}=${repositoryRoot}`] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  const found = new Map<string, string>();
  for (const { Labels } of [...containers, ...networks, ...(volumes ?? [])]) {
    const [folder, id] = [Labels?.[STATE_LABEL], Labels?.[LABEL]];
    if (folder !== undefined && id !== undefined) found.set(folder, id);
  }
  return found;
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
