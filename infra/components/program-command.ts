import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { programLine } from "../../lib/kinds/programs.ts";

export interface ProgramCommandArgs {
  /** File under `infra/commands/`, without `.ts`. */
  program: string;
  /** Variables for it, secrets among them; nothing is ever passed as an argument. */
  environment: Record<string, pulumi.Input<string>>;
  /** Arguments of the program when it creates, updates (default: as it creates) and deletes (default: not run). */
  create?: string;
  update?: string;
  delete?: string;
  /** A change of one of these makes the program run again from the start. */
  triggers?: pulumi.Input<unknown>[];
  /** Whether what it writes to standard error is shown while it runs. It must then write no credential there. */
  showProgress?: boolean;
}

/**
 * A program of this repository run by the stack, in the folder of Pulumi.yaml, with what it prints kept as a
 * secret, and its result not shown.
 */
export class ProgramCommand extends local.Command {
  constructor(name: string, args: ProgramCommandArgs, opts?: pulumi.CustomResourceOptions) {
    const line = (words?: string) => programLine(args.program, words);
    super(
      name,
      {
        create: line(args.create),
        update: line(args.update ?? args.create),
        ...(args.delete && { delete: line(args.delete) }),
        environment: args.environment,
        ...(args.triggers && { triggers: args.triggers }),
        logging: args.showProgress ? "stderr" : "none",
      },
      pulumi.mergeOptions({ additionalSecretOutputs: ["stdout", "stderr"] }, opts),
    );
  }

  /** A value of the JSON that the program printed; empty where it has none. */
  result(key: string): pulumi.Output<string> {
    return pulumi
      .secret(this.stdout)
      .apply((text) => String((JSON.parse(text) as Record<string, unknown>)[key] ?? ""));
  }
}
