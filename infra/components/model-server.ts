import * as docker from "@pulumi/docker";
import type * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import { imagePrefix } from "../../lib/gitlab/client.ts";
import type { Account } from "../../lib/http/account.ts";
import { registryOf } from "../commands/docker.ts";
import { contentHash } from "../commands/template.ts";
import type { GitLabUser } from "../preflight/facts.ts";
import { explainsBuildFailure } from "./build-failure.ts";
import { type CiVariable, CiVariables } from "./gitlab/ci-variables.ts";
import { DeployKeys } from "./gitlab/deploy-keys.ts";
import { PipelineRelease } from "./gitlab/pipeline-release.ts";
import { GitLabProject, type ProjectSettings } from "./gitlab/project.ts";
import { type ProtectionRules, RefProtection } from "./gitlab/ref-protection.ts";
import { RepositorySeed } from "./gitlab/repository-seed.ts";
import type { WriteAccessSettings } from "./gitlab/write-access.ts";
import type { HostOf } from "./host.ts";

export interface ModelServerArgs {
  /** Path of the user or group that has the project. */
  namespace: string;
  /** Name and path of the project in it. */
  projectName: string;
  project: ProjectSettings;
  protection: ProtectionRules;
  /** Commits that are deployed: those of the default branch, or of every branch. */
  deployOn: "defaultBranch" | "everyCommit";
  runtime: RuntimeImageArgs;
  /** The models whose pipelines write to the repository, and how. */
  models: readonly string[];
  writeAccess: WriteAccessSettings;
  /** False where no runner can take a pipeline yet: then nothing is released where pipelines do it. */
  canRelease: boolean;
  host: HostOf;
  /** The stack's account in GitLab, and its user, who is the author of the first commit. */
  gitlab: Account;
  user: GitLabUser;
}

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
}

/** What the project's repository starts with, and what the runtime image is built of. */
const template = "image/repository";
const sources = "image/runtime";

/**
 * The server: GitLab project, protection, runtime image, the host's app, the deploy pipeline's variables, and the
 * first release.
 */
export class ModelServer extends pulumi.ComponentResource {
  readonly project: gitlab.Project;
  readonly protection: RefProtection;
  /** The keys that models push with, by the model; empty where they push with tokens. */
  readonly deployKeys: ReadonlyMap<string, DeployKeys>;
  readonly appUrl: pulumi.Output<string>;
  /** The runtime image by digest; none before the first release. */
  readonly runtimeImage: pulumi.Output<string> | undefined;
  readonly runnerToken: pulumi.Output<string> | undefined;

  constructor(name: string, args: ModelServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:ModelServer", name, {}, opts);
    const { deployOn } = args;
    const { defaultBranch: branch } = args.project;

    const host = args.host(name, { parent: this });
    const { project, runnerToken } = new GitLabProject(
      name,
      {
        name: args.projectName,
        description: `MLServer behind nginx, released to ${host.name}`,
        settings: args.project,
        registry: true,
      },
      { parent: this },
    );

    // Keys come before the rule that lists them, and are handed out after it.
    this.deployKeys = this.makeDeployKeys(project, args);
    // Credentials come after protection: no pipeline of an unprotected ref may ever see one.
    this.protection = new RefProtection(
      name,
      {
        project: project.id,
        branches: deployOn === "everyCommit" ? [branch, "*"] : [branch],
        rules: args.protection,
        deployKeys: { branch, ids: [...this.deployKeys.values()].flatMap(({ ids }) => ids) },
      },
      { parent: this },
    );
    const afterProtection = { parent: this, dependsOn: this.protection };
    const deployments = host.allowDeployments(`${args.namespace}/${args.projectName}`, afterProtection);

    const local = args.runtime.builtBy === "local" ? this.buildRuntime(name, project, args) : undefined;
    const variables = new CiVariables(
      name,
      {
        project: project.id,
        variables: {
          ...deployments.variables,
          ...(local ? imageVariable(local) : buildVariables(args.runtime)),
          DEPLOY_ON: { value: deployOn, description: "Commits that are deployed" },
        },
      },
      afterProtection,
    );
    const repository = { repositoryUrl: project.httpUrlToRepo, branch, template };
    const hash = local ? undefined : pulumi.output(contentHash(sources));
    const seed = new RepositorySeed(
      name,
      {
        account: args.gitlab,
        author: args.user,
        ...repository,
        runtime: hash && { folder: sources, hash },
      },
      afterProtection,
    );
    if (local) {
      const source = { gitlab: args.gitlab, ...repository, runtimeImage: local };
      deployments.release(source, { parent: this, dependsOn: seed });
    }
    const built = Object.values(buildVariables(args.runtime)).map(({ value }) => value);
    const pipeline =
      !local && args.canRelease
        ? new PipelineRelease(
            name,
            { account: args.gitlab, project: project.id, branch, triggers: [hash, ...built, host.id] },
            { parent: this, dependsOn: [seed, variables] },
          )
        : undefined;
    if (pipeline) deployments.release("released", { parent: this, dependsOn: pipeline });
    this.runtimeImage = local ?? pipeline?.runtimeImage;

    this.project = project;
    this.runnerToken = runnerToken;
    this.appUrl = host.url;
    this.registerOutputs({ appUrl: this.appUrl, runtimeImage: this.runtimeImage });
  }

  private makeDeployKeys(
    project: gitlab.Project,
    { models, writeAccess }: ModelServerArgs,
  ): ReadonlyMap<string, DeployKeys> {
    const writers = writeAccess.kind === "deployKey" ? models : [];
    return new Map(
      writers.map((model) => [
        model,
        new DeployKeys(`${model}-access`, { project, model, ...writeAccess }, { parent: this }),
      ]),
    );
  }

  /** Builds nginx, MLServer and its runtimes and pushes them to the project's container registry. */
  private buildRuntime(
    name: string,
    project: gitlab.Project,
    { gitlab, user, runtime }: ModelServerArgs,
  ): pulumi.Output<string> {
    const prefix = project.id.apply((id) => imagePrefix(gitlab, id).catch(withoutStackTrace));
    return new docker.Image(
      `${name}-runtime`,
      {
        imageName: pulumi.interpolate`${prefix}/runtime:latest`,
        build: {
          context: "image/runtime",
          dockerfile: "image/runtime/Dockerfile",
          platform: runtime.platform,
          args: { BASE_IMAGE: runtime.baseImage, RUNTIMES: runtime.runtimes.join(" ") },
        },
        registry: {
          server: prefix.apply(registryOf),
          username: user.username,
          password: pulumi.secret(gitlab.token),
        },
      },
      { parent: this, hooks: { onError: [explainsBuildFailure()] } },
    ).repoDigest;
  }
}

/** Of a service that does not answer, a stack trace says nothing. */
function withoutStackTrace(error: unknown): never {
  throw new pulumi.RunError(error instanceof Error ? error.message : String(error));
}

/** What the deploy job reads where the stack builds the runtime image. */
function imageVariable(image: pulumi.Output<string>): Record<string, CiVariable> {
  return { RUNTIME_IMAGE: { value: image, description: "Image that the models are added to" } };
}

/** What the job that builds the runtime image reads, beside the sources in the repository. */
function buildVariables({ baseImage, platform, runtimes }: RuntimeImageArgs): Record<string, CiVariable> {
  return {
    BASE_IMAGE: { value: baseImage, description: "Image that the runtime image is built on" },
    IMAGE_PLATFORM: { value: platform, description: "Platform of the runtime image" },
    MLSERVER_RUNTIMES: { value: runtimes.join(" "), description: "Model frameworks of the runtime image" },
  };
}
