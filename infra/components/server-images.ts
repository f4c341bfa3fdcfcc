import * as docker from "@pulumi/docker";
import type * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import { imagePrefix } from "../../lib/gitlab/client.ts";
import type { Account } from "../../lib/http/account.ts";
import { registryOf } from "../commands/docker.ts";
import type { GitLabUser } from "../preflight/facts.ts";
import { explainsBuildFailure } from "./build-failure.ts";

/** What the runtime image is made of. */
export interface RuntimeImageArgs {
  /** This machine's docker engine, or a pipeline of the server's project. */
  builtBy: "local" | "pipeline";
  /** A Debian image with Python. */
  baseImage: pulumi.Input<string>;
  /** As docker names it, `linux/amd64`. */
  platform: pulumi.Input<string>;
  /** Names of `image/runtime/runtimes.json`: the kinds of model that can be served. */
  runtimes: readonly string[];
  /** Whether there is an image to train models in, too. */
  training: boolean;
}

/** Folder of this repository that the runtime image is built of, and in it that of the training image. */
export const sources = "image/runtime";
const trainingSources = `${sources}/training`;

export interface ServerImagesArgs {
  /** Project in whose container registry they are kept. */
  project: gitlab.Project;
  runtime: RuntimeImageArgs;
  /** The stack's account in GitLab, and its user. */
  gitlab: Account;
  user: GitLabUser;
}

/** Both images by digest. */
export interface ServerImages {
  readonly runtime: pulumi.Output<string>;
  /** The runtime, and what runs notebooks; none where none is wanted. */
  readonly training: pulumi.Output<string> | undefined;
}

/** Builds the server's images with this machine's docker engine and pushes them to the project's container registry. */
export function buildImages(
  name: string,
  { project, runtime, gitlab, user }: ServerImagesArgs,
  options: pulumi.CustomResourceOptions,
): ServerImages {
  const prefix = project.id.apply((id) => imagePrefix(gitlab, id).catch(withoutStackTrace));
  // The engine knows a hook by its name: one for both images.
  const hooks = { onError: [explainsBuildFailure()] };
  const build = (image: string, context: string, args: Record<string, pulumi.Input<string>>) =>
    new docker.Image(
      `${name}-${image}`,
      {
        imageName: pulumi.interpolate`${prefix}/${image}:latest`,
        build: { context, dockerfile: `${context}/Dockerfile`, platform: runtime.platform, args },
        registry: {
          server: prefix.apply(registryOf),
          username: user.username,
          password: pulumi.secret(gitlab.token),
        },
      },
      { ...options, hooks },
    ).repoDigest;
  const built = build("runtime", sources, {
    BASE_IMAGE: runtime.baseImage,
    RUNTIMES: runtime.runtimes.join(" "),
  });
  return {
    runtime: built,
    training: runtime.training ? build("training", trainingSources, { RUNTIME_IMAGE: built }) : undefined,
  };
}

/** Of a service that does not answer, a stack trace says nothing. */
function withoutStackTrace(error: unknown): never {
  throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
}
