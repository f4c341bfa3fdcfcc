/**
 * Gives a project of GitLab an image that another one of the same GitLab has: the registry takes over the layers that it
 * has already, so nothing moves, and no docker is needed. The project's jobs then pull it with their own token, which
 * reads the registry of no other project. https://docs.gitlab.com/ci/jobs/ci_job_token/
 * With argument `keep` it only repeats what it printed last.
 */
import { imagePrefix } from "../../lib/gitlab/client.ts";
import type { Account } from "../../lib/http/account.ts";
import { main, variable } from "./command.ts";
import { registryOf } from "./docker.ts";
import { openRegistry, type Registry } from "./registry.ts";

export interface CopyRequest {
  readonly account: Account;
  /** The image by digest. */
  readonly source: string;
  /** Id of the project that gets it. */
  readonly project: string;
  /** What it is called there, behind the project's own path. */
  readonly name: string;
}

export interface Copy {
  /** The project's image by digest. */
  readonly image: string;
}

/** Where an image is in its registry. */
interface Place {
  readonly registry: Registry;
  readonly from: string;
  readonly to: string;
}

/** https://github.com/opencontainers/image-spec/blob/main/manifest.md, and docker's own, which has the same fields */
interface Manifest {
  readonly config?: Blob;
  readonly layers?: readonly Blob[];
  /** Of an index: the manifests in it. */
  readonly manifests?: readonly Blob[];
}

interface Blob {
  readonly digest: string;
}

const MANIFESTS = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.index.v1+json",
].join(", ");

/** @throws where the image is not there, or the registry takes no layer over */
export async function copyImage({ account, source, project, name }: CopyRequest): Promise<Copy> {
  const [path = "", digest = ""] = source.split("@");
  const server = registryOf(source);
  const target = `${await imagePrefix(account, project)}/${name}`;
  if (registryOf(target) !== server) {
    throw new Error(`The project's registry is ${registryOf(target)}, and ${source} is in another one.`);
  }
  const [from, to] = [path, target].map((image) => image.slice(server.length + 1)) as [string, string];
  const login = { server, username: "oauth2", password: account.token };
  const registry = await openRegistry(login, { [from]: "pull", [to]: "pull,push" });
  // A tag for each image: the registry's clean-up removes what has none.
  await copyManifest({ registry, from, to }, digest, tagOf(digest));
  return { image: `${target}@${digest}` };
}

const tagOf = (digest: string) => digest.slice("sha256:".length).slice(0, 16);

async function copyManifest(place: Place, digest: string, reference: string): Promise<void> {
  const { registry, from, to } = place;
  const found = await registry.ask(`${from}/manifests/${digest}`, { headers: { Accept: MANIFESTS } });
  if (found.status !== 200) throw refused(`has no image ${from}@${digest}`, found.status);
  const { config, layers = [], manifests = [] } = JSON.parse(found.text) as Manifest;
  for (const one of manifests) await copyManifest(place, one.digest, one.digest);
  const blobs = new Set([...(config ? [config] : []), ...layers].map((blob) => blob.digest));
  await Promise.all(Array.from(blobs, (blob) => mount(place, blob)));
  const put = await registry.ask(`${to}/manifests/${reference}`, {
    method: "PUT",
    headers: { "Content-Type": String(found.headers["content-type"]) },
    text: found.text,
  });
  if (put.status !== 201) throw refused(`does not take the image ${to}`, put.status);
}

/** https://distribution.github.io/distribution/spec/api/#cross-repository-blob-mount */
async function mount({ registry, from, to }: Place, digest: string): Promise<void> {
  const query = new URLSearchParams({ mount: digest, from });
  const { status } = await registry.ask(`${to}/blobs/uploads/?${query}`, { method: "POST" });
  if (status !== 201) throw refused(`does not take layers of ${from} over to ${to}`, status);
}

function refused(what: string, status: number): Error {
  return new Error(
    `The container registry ${what}: it answered ${status}.\nWithout the training image every job installs what its ` +
      "model needs: pulumi config set mlops:trainingImage none",
  );
}

if (import.meta.main) {
  await main(async () => {
    if (process.argv[2] === "keep") return JSON.parse(variable("PULUMI_COMMAND_STDOUT"));
    return copyImage({
      account: { url: variable("GITLAB_URL"), token: variable("GITLAB_TOKEN") },
      source: variable("SOURCE_IMAGE"),
      project: variable("PROJECT"),
      name: variable("NAME"),
    });
  });
}
