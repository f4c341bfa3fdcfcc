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
import { marked } from "../mark.ts";
import type { CiVariable } from "./ci-variables.ts";
import type { DeployKeys } from "./deploy-keys.ts";

/** How the models' pipelines may write. */
export interface WriteAccessSettings {
  /** A token or an SSH key that the stack makes for each model, or one token that the user supplies. */
  kind: "projectAccessToken" | "deployKey" | "token";
  /** The token to use for kind `token`. */
  token?: pulumi.Input<string> | undefined;
  /** Host keys of GitLab's SSH server for kind `deployKey`, as lines of a `known_hosts` file. */
  knownHosts?: string | undefined;
  /** Days that a token or key lives, and before its end that the stack warns of it. */
  expiryDays: number;
  rotateBeforeDays: number;
  /** Generations of the token or key that exist; the last one is in use. */
  generations: readonly number[];
}

export interface WriteAccessArgs {
  /** Project that may be written to. */
  project: gitlab.Project;
  /** Model whose pipelines write. */
  model: string;
  /** Level that may push to the protected default branch, and so the least that the token needs. */
  accessLevel: pulumi.Input<string>;
  /** The model's keys for kind `deployKey`. */
  deployKeys: DeployKeys | undefined;
  settings: WriteAccessSettings;
}

/** Name of the chapter's token; it is the user name in the clone address and in GitLab's audit. */
const tokenName = "access-mlserver";

/** Lets one model's pipelines push to the server's repository, and do nothing else. */
export class WriteAccess extends pulumi.ComponentResource {
  /** CI/CD variables that `models/_pipeline/ci/publish-model.sh` reads. */
  readonly variables: Readonly<Record<string, CiVariable>>;

  constructor(name: string, args: WriteAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:WriteAccess", name, {}, opts);
    const { project, settings, deployKeys } = args;
    this.variables = deployKeys
      ? bySsh(project, deployKeys, settings)
      : byToken(
          project,
          settings.kind === "token" ? suppliedToken(settings) : this.projectAccessToken(name, args),
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
            description: marked(accessTokenDescription(model, generation)),
            scopes: ["write_repository"],
            accessLevel,
            expiresAt: dayAfter(settings.expiryDays),
          },
          {
            parent: this,
            // Every change of the first two makes the provider rotate the token in place, which ends the one that
            // running jobs hold. Tokens that an older program made keep what they were made with.
            // Another description makes another token: one that was made before descriptions had the stack's mark stays.
            ignoreChanges: ["expiresAt", "rotationConfiguration", "description"],
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

function byToken(project: gitlab.Project, token: pulumi.Output<string>): Record<string, CiVariable> {
  const address = pulumi
    .all([project.httpUrlToRepo, token])
    .apply(([url, secret]) => withCredential(url, secret));
  return {
    MLSERVER_REPO: {
      value: pulumi.secret(address),
      credential: true,
      description: "Clone address of the model server with its access token",
    },
  };
}

function bySsh(
  project: gitlab.Project,
  { privateKey }: DeployKeys,
  { knownHosts }: WriteAccessSettings,
): Record<string, CiVariable> {
  if (knownHosts === undefined) throw new Error("write access by a deploy key needs GitLab's host keys");
  return {
    MLSERVER_SSH_URL: {
      value: project.sshUrlToRepo,
      description: "Clone address of the model server by SSH",
    },
    MLSERVER_SSH_KEY: {
      value: privateKey,
      credential: true,
      description: "Private half of the model's deploy key of the model server, in Base64",
    },
    MLSERVER_SSH_KNOWN_HOSTS: {
      value: knownHosts,
      description: "Host keys of GitLab's SSH server; no other server gets a connection",
    },
  };
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
