import type * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import type { ModelConfig, StackConfig } from "../config/config.ts";
import type { Facts } from "../preflight/preflight.ts";
import { CiVariables } from "./gitlab/ci-variables.ts";
import { GitLabProject } from "./gitlab/project.ts";
import { RefProtection } from "./gitlab/ref-protection.ts";
import { RepositorySeed } from "./gitlab/repository-seed.ts";
import { WriteAccess } from "./gitlab/write-access.ts";
import type { ModelServer } from "./model-server.ts";

/** Settings of the stack (see `settings.ts`) and what the preflight found out. */
export interface ModelProjectArgs extends Omit<StackConfig, "models">, Facts {
  model: ModelConfig;
  /** Server that the model's tags are delivered to. */
  server: ModelServer;
}

/** One model: its GitLab project, protection, write access to the server, and the variables of its pipeline. */
export class ModelProject extends pulumi.ComponentResource {
  readonly project: gitlab.Project;
  readonly runnerToken: pulumi.Output<string> | undefined;

  constructor(name: string, args: ModelProjectArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:ModelProject", name, {}, opts);
    const { model, server } = args;

    const { project, runnerToken } = new GitLabProject(
      name,
      { ...args, name: model.name, description: `Trains ${model.name}; a tag delivers it`, registry: false },
      { parent: this },
    );
    const protection = new RefProtection(
      name,
      {
        ...args,
        project: project.id,
        branches: [args.defaultBranch],
        pushAccessLevel: args.branchPushAccessLevel,
        mergeAccessLevel: args.branchMergeAccessLevel,
      },
      { parent: this },
    );
    // The credential comes after the protection of both ends: where it is kept and where it writes.
    const access = new WriteAccess(
      `${name}-access`,
      {
        project: server.project,
        model: model.name,
        kind: args.writeAccess,
        accessLevel: args.branchPushAccessLevel,
        expiryDays: args.accessTokenExpiryDays,
        rotateBeforeDays: args.accessTokenRotateBeforeDays,
        generations: args.accessTokenGenerations,
        token: args.writeToken,
      },
      { parent: this, dependsOn: [protection, server.protection] },
    );
    new CiVariables(
      name,
      {
        project: project.id,
        variables: {
          MLSERVER_REPO: {
            value: access.repositoryUrl,
            credential: true,
            description: "Clone address of the model server with its access token",
          },
          GIT_USER_EMAIL: {
            value: args.gitUserEmail ?? args.user.email,
            description: "Author of delivered models",
          },
          GIT_USER_NAME: {
            value: args.gitUserName ?? `GitLab ${model.name}`,
            description: "Author of delivered models",
          },
        },
      },
      { parent: this, dependsOn: protection },
    );
    new RepositorySeed(
      name,
      {
        account: args.gitlab,
        repositoryUrl: project.httpUrlToRepo,
        branch: args.defaultBranch,
        template: `models/${model.template}`,
        // What every model project has: its pipeline. No setting can name a template that starts with "_".
        common: "models/_pipeline",
        name: model.name,
        author: args.user,
      },
      { parent: this, dependsOn: protection },
    );

    this.project = project;
    this.runnerToken = runnerToken;
    this.registerOutputs({ webUrl: project.webUrl });
  }
}
