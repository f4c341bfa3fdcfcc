import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import {
  dayAfter,
  generationDescription,
  generationName,
  newest,
} from "../../../lib/credentials/generations.ts";
import { wordsFor } from "../../../lib/kinds/kinds.ts";
import { types } from "../../../lib/pulumi/types.ts";
import { warnOfExpiry } from "../expiry-warning.ts";

/** How the models' pipelines may write. */
export interface WriteAccessSettings {
  /** A token that the stack makes for each model, or one that the user supplies. */
  kind: "projectAccessToken" | "token";
  /** The token to use for kind `token`. */
  token?: pulumi.Input<string> | undefined;
  /** Days that a token lives, and before its end that the stack warns of it. */
  expiryDays: number;
  rotateBeforeDays: number;
  /** Generations of the token that exist; the last one is in use. */
  generations: readonly number[];
}

export interface WriteAccessArgs {
  /** Project that may be written to. */
  project: gitlab.Project;
  /** Model whose pipelines write. */
  model: string;
  /** Level that may push to the protected default branch, and so the least that the token needs. */
  accessLevel: pulumi.Input<string>;
  settings: WriteAccessSettings;
}

/** Name of the chapter's token; it is the user name in the clone address and in GitLab's audit. */
const tokenName = "access-mlserver";

/** Lets one model's pipelines push to the server's repository, and do nothing else. */
export class WriteAccess extends pulumi.ComponentResource {
  /** Clone address of the repository with the credential in it: a secret. */
  readonly repositoryUrl: pulumi.Output<string>;

  constructor(name: string, args: WriteAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:WriteAccess", name, {}, opts);
    const { settings } = args;
    const token = settings.kind === "token" ? suppliedToken(settings) : this.projectAccessToken(name, args);
    this.repositoryUrl = pulumi.secret(
      pulumi.all([args.project.httpUrlToRepo, token]).apply(([url, secret]) => withCredential(url, secret)),
    );
    this.registerOutputs();
  }

  private projectAccessToken(name: string, args: WriteAccessArgs): pulumi.Output<string> {
    const { project, model, accessLevel, settings } = args;
    const token = newest(
      settings.generations,
      (generation) =>
        new gitlab.ProjectAccessToken(
          generationName(name, generation),
          {
            project: project.id,
            name: tokenName,
            description: accessTokenDescription(model, generation),
            scopes: ["write_repository"],
            accessLevel,
            expiresAt: dayAfter(settings.expiryDays),
          },
          {
            parent: this,
            // Every change of these two makes the provider rotate the token in place, which ends the one that
            // running jobs hold. Tokens that an older program made keep what they were made with.
            ignoreChanges: ["expiresAt", "rotationConfiguration"],
            // The provider would make room for the name, which need not be unique; the variable must never
            // hold a token that is gone.
            deleteBeforeReplace: false,
          },
        ),
    );
    const what = accessTokenWords(model, settings.generations.at(-1) ?? 1);
    warnOfExpiry(token, what, "gitlab", token.expiresAt, settings.rotateBeforeDays);
    return token.token;
  }
}

/** The token's description in GitLab. */
export function accessTokenDescription(model: string, generation: number): string {
  return generationDescription(`Pushes of model project ${model}`, generation);
}

/** What reports call it. */
export function accessTokenWords(model: string, generation: number): string {
  const inputs = { name: tokenName, description: accessTokenDescription(model, generation) };
  return wordsFor(types.gitlab.projectAccessToken, inputs);
}

function suppliedToken({ token }: WriteAccessSettings): pulumi.Output<string> {
  if (token === undefined) throw new Error("write access by a supplied token needs the token");
  return pulumi.secret(token);
}

/** A clone address with the credential that git sends along. */
export function withCredential(url: string, token: string): string {
  const address = new URL(url);
  address.username = tokenName;
  address.password = token;
  return address.href;
}
