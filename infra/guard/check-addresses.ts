/** Stops the program before a credential is sent to an address that nobody approved, whatever started it. */
import * as pulumi from "@pulumi/pulumi";
import { approvedAddresses } from "../../lib/consent/addresses.ts";
import { root } from "../../lib/repository.ts";
import { engineHost } from "../commands/docker.ts";
import type { StackConfig } from "../config/config.ts";
import { ProblemsError } from "../config/problems.ts";
import {
  type AddressedResource,
  addressProblem,
  appliedIn,
  type Destination,
  destinationsOf,
  ENGINE,
  recorded,
  UNAPPROVED,
  unapprovedIn,
} from "./addresses.ts";

type Addressed = Pick<StackConfig, "gitlab" | "heroku" | "herokuRegistry" | "firstRelease">;

/** Where the credentials of a stack with these settings are sent. */
export async function destinationsWith({
  gitlab,
  heroku,
  herokuRegistry,
  firstRelease,
}: Addressed): Promise<Destination[]> {
  return destinationsOf({
    "gitlab:baseUrl": gitlab.url,
    "heroku:url": heroku.url,
    "mlops:herokuRegistry": herokuRegistry,
    // The preflight says what is wrong where there is no docker.
    [ENGINE]: firstRelease === "pipeline" ? undefined : await engineHost().catch(() => undefined),
  });
}

/**
 * Compares where credentials would be sent with where an update sent them last. Sends nothing.
 * @param stack the stack's short name
 * @returns the destinations, and what the stack's output is to say of them
 * @throws ProblemsError for an address that nobody approved
 */
export async function checkAddresses(
  config: Addressed,
  stack: string,
  resources: readonly AddressedResource[],
): Promise<{ destinations: Destination[]; recorded: Record<string, string> }> {
  const wanted = await destinationsWith(config);
  const applied = appliedIn(resources);
  const problems = unapprovedIn(wanted, applied, approvedAddresses(root, stack)).map(addressProblem);
  if (problems.length > 0) throw new ProblemsError(UNAPPROVED, problems);
  return { destinations: wanted, recorded: recorded(wanted, applied) };
}

/** The resources of the running stack's own state, before this update. */
export async function resourcesOfStack(): Promise<AddressedResource[]> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
    stackName,
  })) as { outputs: Record<string, Omit<AddressedResource, "urn">> };
  return Object.entries(outputs).map(([urn, resource]) => ({ ...resource, urn }));
}
