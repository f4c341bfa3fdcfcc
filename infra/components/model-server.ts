import type * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../../lib/http/account.ts";
import { contentHash } from "../commands/template.ts";
import type { GitLabUser } from "../preflight/facts.ts";
import { type CiVariable, CiVariables } from "./gitlab/ci-variables.ts";
import { DeployKeys } from "./gitlab/deploy-keys.ts";
import { PipelineRelease } from "./gitlab/pipeline-release.ts";
import { GitLabProject, type ProjectSettings } from "./gitlab/project.ts";
import { type ProtectionRules, RefProtection } from "./gitlab/ref-protection.ts";
import { RepositorySeed } from "./gitlab/repository-seed.ts";
import type { WriteAccessSettings } from "./gitlab/write-access.ts";
import type { HostOf } from "./host.ts";
import { buildImages, type RuntimeImageArgs, sources } from "./server-images.ts";

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

/** What the project's repository starts with. */
const template = "image/repository";

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
  /** The image that models are trained in, by digest; none where there is none yet, or none is wanted. */
  readonly trainingImage: pulumi.Output<string> | undefined;
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

    const local =
      args.runtime.builtBy === "local"
        ? buildImages(name, { ...args, project }, { parent: this })
        : undefined;
    const variables = new CiVariables(
      name,
      {
        project: project.id,
        variables: {
          ...deployments.variables,
          ...(local ? imageVariable(local.runtime) : buildVariables(args.runtime)),
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
      const source = { gitlab: args.gitlab, ...repository, runtimeImage: local.runtime };
      deployments.release(source, { parent: this, dependsOn: seed });
    }
    const built = Object.values(buildVariables(args.runtime)).map(({ value }) => value);
    const pipeline =
      !local && args.canRelease
        ? new PipelineRelease(
            name,
            {
              account: args.gitlab,
              project: project.id,
              branch,
              training: args.runtime.training,
              triggers: [hash, ...built, host.id],
            },
            { parent: this, dependsOn: [seed, variables] },
          )
        : undefined;
    if (pipeline) deployments.release("released", { parent: this, dependsOn: pipeline });
    this.runtimeImage = local?.runtime ?? pipeline?.runtimeImage;
    this.trainingImage = args.runtime.training ? (local?.training ?? pipeline?.trainingImage) : undefined;

    this.project = project;
    this.runnerToken = runnerToken;
    this.appUrl = host.url;
    this.registerOutputs({
      appUrl: this.appUrl,
      runtimeImage: this.runtimeImage,
      trainingImage: this.trainingImage,
    });
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
}

/** What the deploy job reads where the stack builds the runtime image. */
function imageVariable(image: pulumi.Output<string>): Record<string, CiVariable> {
  return { RUNTIME_IMAGE: { value: image, description: "Image that the models are added to" } };
}

/** What the job that builds the runtime image reads, beside the sources in the repository. */
function buildVariables(runtime: RuntimeImageArgs): Record<string, CiVariable> {
  const { baseImage, platform, runtimes, training } = runtime;
  return {
    BASE_IMAGE: { value: baseImage, description: "Image that the runtime image is built on" },
    IMAGE_PLATFORM: { value: platform, description: "Platform of the runtime image" },
    MLSERVER_RUNTIMES: { value: runtimes.join(" "), description: "Model frameworks of the runtime image" },
    ...(training && { BUILD_TRAINING: { value: "yes", description: "Whether the training image is built" } }),
  };
}
