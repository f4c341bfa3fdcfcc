/**
 * Large image layers that some registry of this checkout's sandboxes has had. docker compresses a layer anew for each
 * registry, and a new sandbox's is empty: with the runtime image that is most of the time of a stack's first update. So
 * a client that may push is told that such a layer is there when it asks, before it would upload it.
 */
import { constants } from "node:fs";
import { copyFile, link, mkdir, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Layers that are smaller are uploaded sooner than they are looked up; in bytes. */
export const WORTH_KEEPING = 4_000_000;

/** What the cache may take, in bytes; the least recently used go first. */
export const CACHE_LIMIT = 2_000_000_000;

/** The hex digits of a digest; none of another algorithm or form. */
const hexOf = (digest: string): string | undefined => /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];

/** Where a registry keeps a blob: https://distribution.github.io/distribution/about/architecture/ (storage drivers' layout). */
const blobFile = (storage: string, hex: string) =>
  join(storage, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");

/** Keeps the large layers of a manifest that a registry has stored. */
export async function keepLayers(
  cache: string,
  storage: string,
  manifest: Readonly<Record<string, unknown>>,
): Promise<void> {
  const layers = Array.isArray(manifest.layers)
    ? (manifest.layers as { digest?: unknown; size?: unknown }[])
    : [];
  let isNew = false;
  for (const { digest, size } of layers) {
    const hex = hexOf(String(digest));
    if (hex === undefined || !(Number(size) >= WORTH_KEEPING)) continue;
    isNew = (await linkOrCopy(blobFile(storage, hex), join(cache, hex))) || isNew;
  }
  if (isNew) await prune(cache);
}

/** Gives a repository of a registry a layer that the cache has. */
export async function lendLayer(
  cache: string,
  storage: string,
  { repository, digest }: { repository: string; digest: string },
): Promise<void> {
  const hex = hexOf(digest);
  if (hex === undefined) return;
  const kept = join(cache, hex);
  if ((await stat(kept).catch(() => undefined)) === undefined) return;
  await linkOrCopy(kept, blobFile(storage, hex));
  const place = join(storage, "docker/registry/v2/repositories", repository, "_layers/sha256", hex);
  await mkdir(place, { recursive: true });
  await writeFile(join(place, "link"), digest);
  const now = new Date();
  await utimes(kept, now, now);
}

/** Whether the file was made: a name that is taken has the same content. A source that is gone meanwhile is none. */
async function linkOrCopy(from: string, to: string): Promise<boolean> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await link(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || code === "ENOENT") return false;
    // Another file system, or one without hard links.
    if (code !== "EXDEV" && code !== "EPERM" && code !== "EMLINK") throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    return true;
  }
}

async function prune(cache: string): Promise<void> {
  const names = await readdir(cache);
  const files = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(cache, name)).catch(() => undefined);
      return { name, size: found?.size ?? 0, usedAt: found?.mtimeMs ?? 0 };
    }),
  );
  let total = 0;
  for (const { name, size } of files.sort((a, b) => b.usedAt - a.usedAt)) {
    total += size;
    if (total > CACHE_LIMIT) await rm(join(cache, name), { force: true });
  }
}
