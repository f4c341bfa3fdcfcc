import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../../../lib/http/account.ts";
import { ProgramCommand } from "../program-command.ts";
import type { CiVariable } from "./ci-variables.ts";

export interface TrainingImageArgs {
  account: Account;
  /** Id of the project whose jobs train in it. */
  project: pulumi.Input<string>;
  /** The server's training image by digest. */
  source: pulumi.Input<string>;
}

/**
 * The server's training image in a model project's own container registry. With the job's own token nobody needs any
 * access to the server's project to train a model.
 */
export class TrainingImage extends pulumi.ComponentResource {
  /** The CI/CD variable that the model's pipeline reads. */
  readonly variables: Readonly<Record<string, CiVariable>>;

  constructor(name: string, args: TrainingImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:TrainingImage", name, {}, opts);
    const { account, project, source } = args;
    const command = new ProgramCommand(
      `${name}-training`,
      {
        program: "copy-image",
        create: "create",
        // Another token alone is no reason to copy it again.
        update: "keep",
        environment: {
          GITLAB_URL: account.url,
          GITLAB_TOKEN: pulumi.secret(account.token),
          SOURCE_IMAGE: source,
          PROJECT: project,
          NAME: "training",
        },
        triggers: [source, project],
      },
      { parent: this },
    );
    // What a program prints is a secret; the name of an image is none.
    const image = pulumi.unsecret(command.result("image"));
    this.variables = { TRAINING_IMAGE: { value: image, description: "Image that models are trained in" } };
    this.registerOutputs();
  }
}
