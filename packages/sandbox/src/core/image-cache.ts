/**
 * What outlives a sandbox of the images that were built for it: their layers, so that the next one need not build them
 * again. The classic builder of docker has no other cache than the images that are there.
 */
import type Docker from "dockerode";

/** Name of the images that hold the layers; each has the last part of the original's name for its tag. */
export const CACHE_NAME = "tag-to-endpoint/cache";

/** An image of the engine, as much as has to be known of it. */
interface EngineImage {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null | undefined;
}

/** Tags that hold the layers of the newest images in a registry, with the images' ids: `runtime` of `.../root/mlserver/runtime:latest`. */
export function tagsToKeep(images: readonly EngineImage[], registry: string): Map<string, string> {
  const named = images.flatMap(({ Id, RepoTags }) =>
    (RepoTags ?? []).flatMap((name) => {
      const tag = name.startsWith(registry) ? /\/([\w.-]+):latest$/.exec(name)?.[1] : undefined;
      return tag === undefined ? [] : [[tag, Id] as const];
    }),
  );
  return new Map(named);
}

/** Keeps the layers of the images in a registry, in the place of those that were kept before. */
export async function keepLayers(docker: Docker, registry: string): Promise<void> {
  const images = await docker.listImages();
  for (const [tag, id] of tagsToKeep(images, registry)) {
    const name = `${CACHE_NAME}:${tag}`;
    const before = images.find(({ RepoTags }) => RepoTags?.includes(name))?.Id;
    if (before === id) continue;
    if (before !== undefined) await ignoring([404], docker.getImage(name).remove());
    await ignoring([404], docker.getImage(id).tag({ repo: CACHE_NAME, tag }));
  }
}

/** Waits for a request; sandboxes that end at the same moment may have done its work. */
async function ignoring(statuses: readonly number[], request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!statuses.includes((error as { statusCode?: number }).statusCode ?? 0)) throw error;
  }
}
