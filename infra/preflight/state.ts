import * as pulumi from "@pulumi/pulumi";
import { types } from "../../lib/pulumi/types.ts";

/** What the state of the stack holds: apps by name, projects by path with namespace. */
export interface Owned {
  readonly apps: readonly string[];
  readonly projects: readonly string[];
  /** Whether it has released anything: only then it sets the size of the dynos. */
  readonly released: boolean;
}

/** A resource in the state, as far as that is concerned. */
export interface StateResource {
  readonly type: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** What of the resources in a state has a name that only one can have. */
export function ownedAmong(resources: readonly StateResource[]): Owned {
  const of = (type: string, property: string) =>
    resources
      .filter((resource) => resource.type === type)
      .map((resource) => String(resource.outputs?.[property]));
  return {
    apps: of(types.heroku.app, "name"),
    // Paths that differ only in letter case are the same to GitLab.
    projects: of(types.gitlab.project, "pathWithNamespace").map((path) => path.toLowerCase()),
    released: resources.some(({ type }) => type === types.heroku.formation),
  };
}

/**
 * Reads the stack's own state through the engine, to tell a name that the stack itself has from one that is taken.
 * The outputs of the stack would not do: an update that fails halfway does not write them.
 */
export async function ownedByStack(): Promise<Owned> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
    stackName,
  })) as { outputs: Record<string, StateResource> };
  return ownedAmong(Object.values(outputs));
}
