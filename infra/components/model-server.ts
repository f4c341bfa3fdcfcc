import * as docker from "@pulumi/docker";
import type * as gitlab from "@pulumi/gitlab";
import * as heroku from "@pulumi/heroku";
import * as pulumi from "@pulumi/pulumi";
import { imagePrefix } from "../../lib/gitlab/client.ts";
import { registryOf } from "../commands/docker.ts";
import type { StackConfig } from "../config/config.ts";
import type { Facts } from "../preflight/preflight.ts";
import { CiVariables } from "./gitlab/ci-variables.ts";
import { GitLabProject } from "./gitlab/project.ts";
import { RefProtection } from "./gitlab/ref-protection.ts";
import { RepositorySeed } from "./gitlab/repository-seed.ts";
import { HerokuAuthorization } from "./heroku/authorization.ts";
import { HerokuRelease } from "./heroku/release.ts";

/** Settings of the stack (see `settings.ts`) and what the preflight found out. */
export interface ModelServerArgs extends Omit<StackConfig, "models">, Facts {}

/**
 * The server: GitLab project, Heroku app, runtime image, protection, the deploy pipeline's variables, and the
 * first release.
 */
export class ModelServer extends pulumi.ComponentResource {
  readonly project: gitlab.Project;
  readonly protection: RefProtection;
  readonly appUrl: pulumi.Output<string>;
  /** The runtime image by digest. */
  readonly runtimeImage: pulumi.Output<string>;
  readonly runnerToken: pulumi.Output<string> | undefined;

  constructor(name: string, args: ModelServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:ModelServer", name, {}, opts);
    const { gitlab: gitlabAccount, heroku: herokuAccount, defaultBranch, herokuRegistry } = args;

    const app = new heroku.app.App(
      name,
      {
        name: args.herokuApp,
        region: args.herokuRegion,
        stack: "container",
        ...(args.herokuTeam !== undefined && { organization: { name: args.herokuTeam } }),
      },
      { parent: this },
    );
    const { project, runnerToken } = new GitLabProject(
      name,
      {
        ...args,
        name: args.serverProjectName,
        description: "MLServer behind nginx, released to Heroku",
        registry: true,
      },
      { parent: this },
    );

    // Credentials come after protection: no pipeline of an unprotected ref may ever see one.
    this.protection = new RefProtection(
      name,
      {
        ...args,
        project: project.id,
        branches: args.deployOn === "everyCommit" ? [defaultBranch, "*"] : [defaultBranch],
        pushAccessLevel: args.branchPushAccessLevel,
        mergeAccessLevel: args.branchMergeAccessLevel,
      },
      { parent: this },
    );
    const authorization = new HerokuAuthorization(
      `${name}-deploy`,
      {
        account: herokuAccount,
        user: `${args.gitlabNamespace}/${args.serverProjectName}`,
        scopes: args.herokuTokenScopes,
        expiryDays: args.herokuTokenExpiryDays,
        generations: args.herokuTokenGenerations,
      },
      { parent: this, dependsOn: this.protection },
    );

    const image = this.buildRuntime(name, project, args);
    new CiVariables(
      name,
      {
        project: project.id,
        variables: {
          HEROKU_API_KEY: { value: authorization.token, credential: true, description: "Deploys to Heroku" },
          HEROKU_APP: { value: app.name, description: "App that the deploy job releases" },
          HEROKU_API_URL: { value: herokuAccount.url, description: "Heroku's Platform API" },
          HEROKU_REGISTRY: { value: herokuRegistry, description: "Heroku's container registry" },
          RUNTIME_IMAGE: { value: image, description: "Image that the models are added to" },
          DEPLOY_ON: { value: args.deployOn, description: "Commits that are deployed" },
        },
      },
      { parent: this, dependsOn: this.protection },
    );
    const seed = new RepositorySeed(
      name,
      {
        account: gitlabAccount,
        repositoryUrl: project.httpUrlToRepo,
        branch: defaultBranch,
        template: "image/repository",
        author: args.user,
        runtimeImage: image,
      },
      { parent: this, dependsOn: this.protection },
    );
    new HerokuRelease(
      name,
      {
        app,
        herokuUrl: herokuAccount.url,
        herokuToken: authorization.token,
        herokuRegistry,
        gitlab: gitlabAccount,
        repositoryUrl: project.httpUrlToRepo,
        branch: defaultBranch,
        template: "image/repository",
        runtimeImage: image,
        dynoSize: args.dynoSize,
        dynoQuantity: args.dynoQuantity,
      },
      { parent: this, dependsOn: seed },
    );

    this.project = project;
    this.runnerToken = runnerToken;
    this.runtimeImage = image;
    this.appUrl = app.webUrl;
    this.registerOutputs({ appUrl: this.appUrl, runtimeImage: this.runtimeImage });
  }

  /** Builds nginx, MLServer and its runtimes and pushes them to the project's container registry. */
  private buildRuntime(name: string, project: gitlab.Project, args: ModelServerArgs): pulumi.Output<string> {
    const prefix = project.id.apply((id) => imagePrefix(args.gitlab, id));
    return new docker.Image(
      `${name}-runtime`,
      {
        imageName: pulumi.interpolate`${prefix}/runtime:latest`,
        build: {
          context: "image/runtime",
          dockerfile: "image/runtime/Dockerfile",
          platform: args.imagePlatform,
          args: { BASE_IMAGE: args.baseImage, RUNTIMES: args.mlserverRuntimes.join(" ") },
        },
        registry: {
          server: prefix.apply(registryOf),
          username: args.user.username,
          password: pulumi.secret(args.gitlab.token),
        },
      },
      { parent: this },
    ).repoDigest;
  }
}
