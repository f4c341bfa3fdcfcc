import type * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../../lib/http/account.ts";
import type { ModelConfig } from "../config/config.ts";
import type { GitLabUser } from "../preflight/facts.ts";
import { type CiVariable, CiVariables } from "./gitlab/ci-variables.ts";
import { GitLabProject, type ProjectSettings } from "./gitlab/project.ts";
import { type ProtectionRules, RefProtection } from "./gitlab/ref-protection.ts";
import { RepositorySeed } from "./gitlab/repository-seed.ts";
import { TrainingImage } from "./gitlab/training-image.ts";
import { WriteAccess, type WriteAccessSettings } from "./gitlab/write-access.ts";
import type { ModelServer } from "./model-server.ts";

export interface ModelProjectArgs {
  model: ModelConfig;
  /** Server that the model's tags are delivered to. */
  server: ModelServer;
  project: ProjectSettings;
  protection: ProtectionRules;
  writeAccess: WriteAccessSettings;
  /** CI/CD variables of its pipeline besides those that every model has. */
  variables: Readonly<Record<string, CiVariable>>;
  /** The stack's account in GitLab, and its user, who is the author of the first commit. */
  gitlab: Account;
  user: GitLabUser;
}

/** One model: its GitLab project, protection, write access to the server, and the variables of its pipeline. */
export class ModelProject extends pulumi.ComponentResource {
  readonly project: gitlab.Project;
  readonly runnerToken: pulumi.Output<string> | undefined;

  constructor(name: string, args: ModelProjectArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:ModelProject", name, {}, opts);
    const { model, server, user } = args;
    const { defaultBranch } = args.project;

    const { project, runnerToken } = new GitLabProject(
      name,
      {
        name: model.name,
        description: `Trains ${model.name}; a tag delivers it`,
        settings: args.project,
        // Jobs pull the image that they train in with their own token, which reads no other project's registry.
        registry: server.trainingImage !== undefined,
      },
      { parent: this },
    );
    const protection = new RefProtection(
      name,
      { project: project.id, branches: [defaultBranch], rules: args.protection },
      { parent: this },
    );
    // The credential comes after the protection of both ends: where it is kept and where it writes.
    const access = new WriteAccess(
      `${name}-access`,
      {
        project: server.project,
        model: model.name,
        accessLevel: args.protection.pushAccessLevel,
        deployKeys: server.deployKeys.get(model.name),
        settings: args.writeAccess,
      },
      { parent: this, dependsOn: [protection, server.protection] },
    );
    const training =
      server.trainingImage &&
      new TrainingImage(
        name,
        { account: args.gitlab, project: project.id, source: server.trainingImage },
        { parent: this },
      );
    new CiVariables(
      name,
      {
        project: project.id,
        variables: { ...access.variables, ...args.variables, ...training?.variables },
      },
      { parent: this, dependsOn: [protection, server.protection] },
    );
    new RepositorySeed(
      name,
      {
        account: args.gitlab,
        repositoryUrl: project.httpUrlToRepo,
        branch: defaultBranch,
        template: `models/${model.template}`,
        // What every model project has: its pipeline. No setting can name a template that starts with "_".
        common: "models/_pipeline",
        name: model.name,
        author: user,
      },
      { parent: this, dependsOn: protection },
    );

    this.project = project;
    this.runnerToken = runnerToken;
    this.registerOutputs({ webUrl: project.webUrl });
  }
}
