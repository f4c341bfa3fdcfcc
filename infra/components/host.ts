import type * as pulumi from "@pulumi/pulumi";
import type { Account } from "../../lib/http/account.ts";
import type { CiVariable } from "./gitlab/ci-variables.ts";

/** Where the model server runs. What one host needs is in a folder of its name: `heroku/host.ts`. */
export interface Host {
  /** Its name as people write it. */
  readonly name: string;
  /** Another one where the server runs somewhere else than before: nothing is released there yet. */
  readonly id: pulumi.Output<string>;
  /** Address of the server, with a slash at the end. */
  readonly url: pulumi.Output<string>;
  /**
   * Makes the credential that deploys, for the pipelines of one project.
   * @param project path of the project with its namespace, `ml/mlserver`
   * @param options parent, and what must exist before the credential does
   */
  allowDeployments(project: string, options: pulumi.ComponentResourceOptions): Deployments;
}

/** What can be done with the credential that deploys. */
export interface Deployments {
  /** The CI/CD variables that the deploy job reads (`image/repository/ci/`), the credential among them. */
  readonly variables: Readonly<Record<string, CiVariable>>;
  /**
   * Releases what the repository has, with that credential, so that the address answers before any pipeline has run,
   * and sets what a host only takes once something was released.
   * @param source "released" where a pipeline has made the release already, before what `options` depend on
   */
  release(source: ReleaseSource | "released", options: pulumi.ComponentResourceOptions): void;
}

/** What is released. */
export interface ReleaseSource {
  /** GitLab, where the repository and the runtime image are. */
  gitlab: Account;
  /** Clone address of the repository whose models are released, without a credential. */
  repositoryUrl: pulumi.Input<string>;
  branch: string;
  /** Folder of this repository with the script that deploys. */
  template: string;
  /** The runtime image by digest. */
  runtimeImage: pulumi.Input<string>;
}

/** Makes the host's part of a server: everything in it is named after the server and made with these options. */
export type HostOf = (name: string, options: pulumi.CustomResourceOptions) => Host;
