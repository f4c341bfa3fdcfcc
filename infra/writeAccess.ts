import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";

export interface WriteAccessArgs {
  /** Project that may be written to. */
  project: gitlab.Project;
  /** Model whose pipelines write. */
  model: string;
  kind: "projectAccessToken" | "token";
  /** Level that may push to the protected default branch, and so the least that the token needs. */
  accessLevel: pulumi.Input<string>;
  /** Days that a token lives, and before its end that an update of the stack replaces it. */
  expiryDays: pulumi.Input<number>;
  rotateBeforeDays: pulumi.Input<number>;
  /** The token to use for kind `token`. */
  token?: pulumi.Input<string> | undefined;
}

/** Name of the chapter's token; it is the user name in the clone address and in GitLab's audit. */
const tokenName = "access-mlserver";

/** Leave for one model's pipelines to push to the server's repository, and to nothing else. */
export class WriteAccess extends pulumi.ComponentResource {
  /** Clone address of the repository with the credential in it: a secret. */
  readonly repositoryUrl: pulumi.Output<string>;

  constructor(name: string, args: WriteAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:WriteAccess", name, {}, opts);
    const token = args.kind === "token" ? suppliedToken(args) : this.projectAccessToken(name, args);
    this.repositoryUrl = pulumi.secret(
      pulumi.all([args.project.httpUrlToRepo, token]).apply(([url, secret]) => withCredential(url, secret)),
    );
    this.registerOutputs();
  }

  private projectAccessToken(name: string, args: WriteAccessArgs): pulumi.Output<string> {
    const { project, model, accessLevel, expiryDays, rotateBeforeDays } = args;
    return new gitlab.ProjectAccessToken(
      name,
      {
        project: project.id,
        name: tokenName,
        description: `Pushes of model project ${model}`,
        scopes: ["write_repository"],
        accessLevel,
        rotationConfiguration: { expirationDays: expiryDays, rotateBeforeDays },
      },
      { parent: this },
    ).token;
  }
}

function suppliedToken({ token }: WriteAccessArgs): pulumi.Output<string> {
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
