import { basename } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../../../lib/http/account.ts";
import { ProgramCommand } from "../program-command.ts";

export interface RepositorySeedArgs {
  account: Account;
  /** Clone address, without a credential. */
  repositoryUrl: pulumi.Input<string>;
  branch: string;
  /** Folder of this repository, relative to its root. */
  template: string;
  /** Folder with files that several templates share; the template's own file wins. */
  common?: string;
  /** What the content calls itself: the model's name; the template's own where left out. */
  name?: string;
  author: { readonly name: string; readonly email: string };
  /** Sources of the runtime image, where the repository's pipeline builds it. */
  runtime?: RuntimeSources | undefined;
}

export interface RuntimeSources {
  /** Their folder in this repository. */
  folder: string;
  /** What they say (`contentHash`): another one has them brought into the repository. */
  hash: pulumi.Input<string>;
}

/** The first commit of a repository; none where its branch exists, but for the runtime's sources. */
export class RepositorySeed extends pulumi.ComponentResource {
  constructor(name: string, args: RepositorySeedArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:RepositorySeed", name, {}, opts);
    const { account, repositoryUrl, branch, template, common, author, runtime } = args;
    new ProgramCommand(
      `${name}-seed`,
      {
        program: "seed-repository",
        environment: {
          GITLAB_TOKEN: pulumi.secret(account.token),
          REPOSITORY_URL: repositoryUrl,
          BRANCH: branch,
          TEMPLATE: template,
          NAME: args.name ?? basename(template),
          GIT_USER_NAME: author.name,
          GIT_USER_EMAIL: author.email,
          ...(common && { COMMON: common }),
          ...(runtime && { RUNTIME: runtime.folder, RUNTIME_HASH: runtime.hash }),
        },
        triggers: [repositoryUrl],
      },
      { parent: this },
    );
    this.registerOutputs();
  }
}
