import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import { dayAfter, generationName, newest } from "../../../lib/credentials/generations.ts";
import { deployKeyTitle, keyPairProgram } from "../../../lib/gitlab/deploy-key.ts";
import { wordsFor } from "../../../lib/kinds/kinds.ts";
import { types } from "../../../lib/pulumi/types.ts";
import { warnOfExpiry } from "../expiry-warning.ts";
import { ProgramCommand } from "../program-command.ts";

export interface DeployKeysArgs {
  /** Project that may be written to. */
  project: gitlab.Project;
  /** Model whose pipelines write. */
  model: string;
  /** Days that a key lives, and before its end that the stack warns of it. */
  expiryDays: number;
  rotateBeforeDays: number;
  /** Generations of the key that exist; the last one is in use. */
  generations: readonly number[];
}

/**
 * The SSH keys by which one model's pipelines push to the server's repository: deploy keys are good for one project and
 * for git alone. A key is of no use before its private half is handed out.
 */
export class DeployKeys extends pulumi.ComponentResource {
  /** The keys' ids in GitLab, for the rule of the branch that they push to. */
  readonly ids: readonly pulumi.Output<number>[];
  /** The private half of the key in use, in Base64: a secret, known once GitLab has the public half. */
  readonly privateKey: pulumi.Output<string>;

  constructor(name: string, args: DeployKeysArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:DeployKeys", name, {}, opts);
    const { project, model, expiryDays, rotateBeforeDays, generations } = args;
    const ids: pulumi.Output<number>[] = [];
    const { key, privateKey } = newest(generations, (generation) => {
      const pair = new ProgramCommand(
        generationName(`${name}-pair`, generation),
        { program: keyPairProgram, create: "create", update: "update", environment: {} },
        { parent: this },
      );
      const key = new gitlab.DeployKey(
        generationName(name, generation),
        {
          project: project.id,
          title: deployKeyTitle(model, generation),
          // The public half is no secret, but the program's output is one as a whole.
          key: pulumi.unsecret(pair.result("publicKey")),
          canPush: true,
          expiresAt: `${dayAfter(expiryDays)}T00:00:00Z`,
        },
        {
          parent: this,
          // The end moves on with every day, and a change of it makes another key.
          ignoreChanges: ["expiresAt"],
          deleteBeforeReplace: false,
        },
      );
      ids.push(key.deployKeyId);
      return { key, privateKey: pair.result("privateKey") };
    });
    this.ids = ids;
    this.privateKey = pulumi.secret(pulumi.all([privateKey, key.id]).apply(([half]) => half));
    const what = deployKeyWords(model, generations.at(-1) ?? 1);
    const end = key.expiresAt.apply((day) => day ?? "");
    warnOfExpiry(key, what, "gitlab", end, rotateBeforeDays);
    this.registerOutputs();
  }
}

/** What reports call it. */
export function deployKeyWords(model: string, generation: number): string {
  return wordsFor(types.gitlab.deployKey, { title: deployKeyTitle(model, generation) });
}
