/** The GitLab API for the resources: gitbeaker's calls over the loopback-only HTTP of the plugins. */
import { Gitlab } from "@gitbeaker/rest";
import { loopbackUrl } from "../shared/loopback.ts";
import type { Value } from "../shared/values.ts";
import { GitLabError } from "./errors.ts";
import { requester } from "./requester.ts";

type Client = InstanceType<typeof Gitlab<false>>;

/** The configured client; resources ask for it when they first need it. */
export class GitLab {
  private client: Client | undefined;
  private enterprise: Promise<boolean> | undefined;

  /** https://www.pulumi.com/registry/packages/gitlab/installation-configuration/ */
  configure(config: Record<string, Value>): void {
    const baseUrl = text(config.baseUrl) ?? (process.env.GITLAB_BASE_URL || "https://gitlab.com/api/v4/");
    const token = text(config.token) ?? process.env.GITLAB_TOKEN;
    const url = loopbackUrl(
      {
        plugin: "gitlab",
        version: "10.1.1",
        setting: "gitlab:baseUrl (or GITLAB_BASE_URL)",
        install: "pulumi plugin install resource gitlab v10.1.1",
      },
      baseUrl,
    );
    if (!token) {
      throw new Error(
        "No GitLab credentials found: set a personal access token with " +
          "`pulumi config set gitlab:token --secret` or the environment variable GITLAB_TOKEN",
      );
    }
    this.client = new Gitlab({
      host: `${url.origin}${url.pathname.replace(/\/?(api\/v4)?\/?$/, "")}`,
      token,
      requesterFn: requester,
      queryTimeout: null,
    });
  }

  get rest(): Client {
    if (!this.client) {
      throw new Error("the gitlab provider is not configured");
    }
    return this.client;
  }

  /** Whether the server is an Enterprise Edition (gitlab.com is); https://docs.gitlab.com/api/metadata/ */
  isEnterprise(): Promise<boolean> {
    this.enterprise ??= this.rest.Metadata.show().then(
      (metadata) => metadata.enterprise === true,
      (error: unknown) => {
        this.enterprise = undefined;
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`GitLab API error occurred: Unable to get gitlab server metadata details: ${reason}`);
      },
    );
    return this.enterprise;
  }
}

/** Gives nothing where the API says 404. */
export async function unlessGone<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (statusOf(error) === 404) {
      return undefined;
    }
    throw error;
  }
}

/** The API's status behind an error, explained or not. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof GitLabError) {
    return error.status;
  }
  return error instanceof Error && error.cause !== undefined ? statusOf(error.cause) : undefined;
}

/** Puts what was being done before the API's own words, as the official provider does. */
export async function explain<T>(doing: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw new Error(`${doing}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function text(value: Value | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
