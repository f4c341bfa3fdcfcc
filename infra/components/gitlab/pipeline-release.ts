import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../../../lib/http/account.ts";
import { ProgramCommand } from "../program-command.ts";

export interface PipelineReleaseArgs {
  account: Account;
  /** Id of the server's project. */
  project: pulumi.Input<string>;
  branch: string;
  /** Whether it builds the training image, too. */
  training: boolean;
  /** A change of one of these has the pipeline run again: what the image is made of, and where it is released to. */
  triggers: readonly pulumi.Input<unknown>[];
}

/**
 * A run of the server project's own pipeline, which builds the runtime image where it is not built yet and releases
 * it. The update waits for its end.
 */
export class PipelineRelease extends pulumi.ComponentResource {
  /** The runtime image by digest. */
  readonly runtimeImage: pulumi.Output<string>;
  /** The training image by digest; empty where the pipeline builds none. */
  readonly trainingImage: pulumi.Output<string>;

  constructor(name: string, args: PipelineReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:PipelineRelease", name, {}, opts);
    const command = new ProgramCommand(
      `${name}-pipeline`,
      {
        program: "release-pipeline",
        create: "create",
        // Another token alone is no reason to run it again.
        update: "keep",
        environment: {
          GITLAB_URL: args.account.url,
          GITLAB_TOKEN: pulumi.secret(args.account.token),
          PROJECT: args.project,
          BRANCH: args.branch,
          ...(args.training && { TRAINING: "yes" }),
        },
        triggers: [...args.triggers],
        showProgress: true,
      },
      { parent: this },
    );
    // What a program prints is a secret; the name of an image is none.
    this.runtimeImage = pulumi.unsecret(command.result("runtimeImage"));
    this.trainingImage = pulumi.unsecret(command.result("trainingImage"));
    this.registerOutputs({ runtimeImage: this.runtimeImage });
  }
}
