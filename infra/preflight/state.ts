import * as pulumi from "@pulumi/pulumi";
import { types } from "../../lib/pulumi/types.ts";

/** What the state of the stack holds: apps by name, projects by path with namespace. */
export interface Owned {
  readonly apps: readonly string[];
  readonly projects: readonly string[];
}

/**
 * Reads the stack's own state through the engine, so that a name that exists is told from a name that is taken.
 * The outputs of the stack would not do: an update that fails half-way does not write them.
 */
export async function ownedByStack(): Promise<Owned> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
    stackName,
  })) as {
    outputs: Record<string, { type: string; outputs: Record<string, unknown> }>;
  };
  const of = (type: string, property: string) =>
    Object.values(outputs)
      .filter((resource) => resource.type === type)
      .map((resource) => String(resource.outputs[property]));
  return {
    apps: of(types.heroku.app, "name"),
    // GitLab does not tell paths apart by letter case.
    projects: of(types.gitlab.project, "pathWithNamespace").map((path) => path.toLowerCase()),
  };
}
