/** Names of images and the registries in them. */
import { isLoopback, refusal } from "../shared/loopback.ts";

/** The registry of a fully qualified name such as `127.0.0.1:5000/group/image:tag`, if it has one. */
export function registryOf(name: string): string | undefined {
  const [first = "", ...rest] = name.split("/");
  const isHost = first.includes(".") || first.includes(":") || first === "localhost";
  return rest.length > 0 && isHost ? first : undefined;
}

/** The name without tag and digest. */
export function repositoryOf(name: string): string {
  const undigested = name.split("@", 1)[0] as string;
  const slash = undigested.lastIndexOf("/");
  const colon = undigested.lastIndexOf(":");
  return colon > slash ? undigested.slice(0, colon) : undigested;
}

/** Why an image must not be pushed to a registry, given as image name, URL or host. Nothing when it may. */
export function refusePush(target: string): string | undefined {
  const host = target.replace(/^https?:\/\//, "").split("/", 1)[0] as string;
  const hostname = host.startsWith("[")
    ? host.slice(0, host.indexOf("]") + 1)
    : (host.split(":", 1)[0] as string);
  if (isLoopback(hostname)) {
    return undefined;
  }
  return refusal(
    {
      plugin: "docker",
      version: "5.2.0",
      setting: "imageName and registry.server of docker.Image",
      install: "pulumi plugin install resource docker v5.2.0",
    },
    `to push to ${host}`,
  ).message;
}
