/** Where the program has its projects and its app: a test compares it with what the program registers. */
import type { StackConfig } from "../../infra/config/config.ts";
import { componentType, types } from "../../lib/pulumi/types.ts";

export interface Place {
  readonly type: string;
  /** The resource's name in the program. */
  readonly name: string;
  readonly urn: string;
  readonly parent: string;
  /** Type of the provider. */
  readonly provider: string;
  /** What the service calls it: a project's path, an app's name. */
  readonly called: string;
}

type Names = Pick<StackConfig, "gitlabNamespace" | "serverProjectName" | "models" | "herokuApp">;

/** The program's name of the server and of all that is the server's. */
const SERVER = "mlserver";

/** @param root what URNs of the stack begin with: `urn:pulumi:dev::mlops::` */
export function placesOf({ gitlabNamespace, serverProjectName, models, herokuApp }: Names, root: string) {
  const place = (
    parents: string[],
    type: string,
    provider: string,
    [name, called]: [name: string, called: string],
  ): Place => {
    const chain = parents.map(componentType);
    return {
      type,
      name,
      called,
      provider,
      urn: `${root}${[...chain, type].join("$")}::${name}`,
      parent: `${root}${chain.join("$")}::${name}`,
    };
  };
  const project = (component: string, name: string, path: string) =>
    place([component, "GitLabProject"], types.gitlab.project, types.gitlab.provider, [
      name,
      `${gitlabNamespace}/${path}`,
    ]);
  return {
    server: project("ModelServer", SERVER, serverProjectName),
    models: models.map(({ name }) => project("ModelProject", name, name)),
    app: place(["ModelServer"], types.heroku.app, types.heroku.provider, [SERVER, herokuApp]),
  };
}
