import * as heroku from "@pulumi/heroku";
import * as pulumi from "@pulumi/pulumi";
import type { ReleaseSource } from "../host.ts";
import { ProgramCommand } from "../program-command.ts";

export interface HerokuReleaseArgs {
  app: heroku.app.App;
  /** "released" where a pipeline has made the release. */
  source: ReleaseSource | "released";
  /** Heroku's API, and the pipelines' own token, so that the stack proves it to be enough. */
  apiUrl: string;
  token: pulumi.Input<string>;
  /** Host name of Heroku's container registry. */
  registry: string;
  dynoSize: pulumi.Input<string>;
  dynoQuantity: pulumi.Input<number>;
}

/**
 * The stack's own release of the app: the runtime image and the models in the repository. It is made again only for
 * another runtime image or app; new models are released by the deploy pipeline. And the dynos that run it.
 */
export class HerokuRelease extends pulumi.ComponentResource {
  constructor(name: string, args: HerokuReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:HerokuRelease", name, {}, opts);
    const { app, source } = args;
    const release = source === "released" ? undefined : this.releaseHere(name, args, source);
    // Heroku has no process type `web` to size before the first release.
    new heroku.formation.Formation(
      `${name}-web`,
      { appId: app.id, type: "web", size: args.dynoSize, quantity: args.dynoQuantity },
      { parent: this, ...(release && { dependsOn: release }) },
    );
    this.registerOutputs();
  }

  private releaseHere(name: string, args: HerokuReleaseArgs, source: ReleaseSource): ProgramCommand {
    const { app } = args;
    return new ProgramCommand(
      `${name}-release`,
      {
        program: "first-release",
        create: "create",
        // Another credential alone is no reason for a release.
        update: "keep",
        environment: {
          HEROKU_API_URL: args.apiUrl,
          HEROKU_API_KEY: pulumi.secret(args.token),
          HEROKU_REGISTRY: args.registry,
          HEROKU_APP: app.name,
          GITLAB_TOKEN: pulumi.secret(source.gitlab.token),
          REPOSITORY_URL: source.repositoryUrl,
          BRANCH: source.branch,
          TEMPLATE: source.template,
          RUNTIME_IMAGE: source.runtimeImage,
        },
        triggers: [source.runtimeImage, app.id],
      },
      { parent: this },
    );
  }
}
