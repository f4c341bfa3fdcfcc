import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import { marked } from "../mark.ts";

export interface CiVariable {
  value: pulumi.Input<string>;
  /** Credentials are masked in job logs and hidden in the settings page. */
  credential?: boolean;
  description: string;
}

export interface CiVariablesArgs {
  /** Id of the project. */
  project: pulumi.Input<string>;
  variables: Readonly<Record<string, CiVariable>>;
}

/** CI/CD variables of a project, all of them Protected from the moment they exist. */
export class CiVariables extends pulumi.ComponentResource {
  constructor(name: string, args: CiVariablesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:CiVariables", name, {}, opts);
    for (const [key, { value, credential = false, description }] of Object.entries(args.variables)) {
      new gitlab.ProjectVariable(
        `${name}-${key}`,
        {
          project: args.project,
          key,
          // The provider does not mark it secret.
          value: credential ? pulumi.secret(value) : value,
          description: marked(description),
          protected: true,
          masked: credential,
          hidden: credential,
          // No expansion of $ in it; GitLab then masks values of any alphabet.
          raw: true,
        },
        // A variable can only be hidden when it is made, and each key exists once.
        { parent: this, deleteBeforeReplace: true },
      );
    }
    this.registerOutputs();
  }
}
