import * as heroku from "@pulumi/heroku";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../../../lib/http/account.ts";
import { ProgramCommand } from "../program-command.ts";

export interface HerokuReleaseArgs {
  app: heroku.app.App;
  /** Heroku's API with the pipelines' own token, so that the stack proves it to be enough. */
  herokuUrl: string;
  herokuToken: pulumi.Input<string>;
  herokuRegistry: string;
  gitlab: Account;
  /** Repository whose models are released. */
  repositoryUrl: pulumi.Input<string>;
  branch: string;
  /** Folder with the script that deploys. */
  template: string;
  runtimeImage: pulumi.Input<string>;
  dynoSize: pulumi.Input<string>;
  dynoQuantity: pulumi.Input<number>;
}

/**
 * The app's release by the stack: runtime image and the models that the repository has. It comes again only
 * with another runtime image or app; new models are released by the deploy pipeline.
 */
export class HerokuRelease extends pulumi.ComponentResource {
  constructor(name: string, args: HerokuReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:HerokuRelease", name, {}, opts);
    const { app, runtimeImage } = args;
    const release = new ProgramCommand(
      `${name}-release`,
      {
        program: "first-release",
        create: "create",
        // Another credential alone is no reason for a release.
        update: "keep",
        environment: {
          HEROKU_API_URL: args.herokuUrl,
          HEROKU_API_KEY: pulumi.secret(args.herokuToken),
          HEROKU_REGISTRY: args.herokuRegistry,
          HEROKU_APP: app.name,
          GITLAB_TOKEN: pulumi.secret(args.gitlab.token),
          REPOSITORY_URL: args.repositoryUrl,
          BRANCH: args.branch,
          TEMPLATE: args.template,
          RUNTIME_IMAGE: runtimeImage,
        },
        triggers: [runtimeImage, app.id],
      },
      { parent: this },
    );
    // Heroku has no process type `web` to size before the first release.
    new heroku.formation.Formation(
      `${name}-web`,
      { appId: app.id, type: "web", size: args.dynoSize, quantity: args.dynoQuantity },
      { parent: this, dependsOn: release },
    );
    this.registerOutputs();
  }
}
