/**
 * The picture in README.md: a Mermaid flowchart of the way from a tag to an endpoint, made from the resources that
 * the program registers. Which box needs which is read from the CI/CD variables: from what their values are made of.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { guardPattern } from "../../../infra/components/gitlab/ref-protection.ts";
import { levelNamed } from "../../../lib/gitlab/access-levels.ts";
import { componentType, types } from "../../../lib/pulumi/types.ts";
import { root } from "../../../lib/repository.ts";
import type { Registration } from "../../support/recorder.ts";

/** What the program made, and what it made it of. */
export interface Made {
  readonly resources: readonly Registration[];
  /** The stack's output: where each model answers, with `<tag>` in the place of a version. */
  readonly predictionUrls: Readonly<Record<string, string>>;
}

/** The boxes that variables lead to and from. */
type Box = "models" | "server" | "image" | "training" | "app";

/**
 * Draws the program.
 * @throws when something is registered that the picture has no place for
 */
export function flowchart({ resources, predictionUrls }: Made): string {
  const { pattern, level } = tagRule(resources);
  const tag = pattern.replace("*", "1.2.3");
  const names = (box: Box) => projects(resources, box).map(({ inputs }) => `<b>${inputs.name}</b>`);
  const job = (box: Box) => the(`job of ${box}`, jobsOf(resources, box));
  const scopes = ofType(resources, types.gitlab.projectAccessToken).map(({ inputs }) =>
    String(inputs.scopes),
  );
  const dynos = ofType(resources, types.heroku.formation).map(
    ({ inputs }) => `${inputs.quantity} ${inputs.size} dyno`,
  );
  const [model] = projects(resources, "models").map(({ inputs }) => String(inputs.name));
  const endpoint = new URL((predictionUrls[model ?? ""] ?? "").replace("<tag>", tag)).pathname;
  const { models, image, training, server } = variables(resources);

  return `%%{init: {"flowchart": {"wrappingWidth": 500}}}%%
flowchart TB
  push(["git push of tag <b>${tag}</b>"])
  subgraph gitlab [GitLab]
    direction LR
    rule{{"protected tags <b>${pattern}</b><br>${levelNamed(level)?.people} create them"}}
    models["${names("models").join("<br>")}<br>job ${job("models")}<br>trains and commits"]
    server["${names("server")}<br>job ${job("server")}<br>builds and releases"]
    image[("runtime image<br>nginx, MLServer")]
    training[("training image<br>runs notebooks on it")]
    rule --> models
    training -- "${training}" --> models
    models -- "${models}<br>access token with<br>${the("scope", scopes)}" --> server
    image -- "${image}" --> server
  end
  subgraph heroku [Heroku]
    direction LR
    app["<b>app</b><br>${the("formation", dynos)}"] --> endpoint(["POST ${endpoint}"])
  end
  push --> gitlab
  gitlab -- "${names("server")} has<br>${server}" --> heroku
`;
}

function ofType(resources: readonly Registration[], type: string): Registration[] {
  return resources.filter((resource) => resource.type === type);
}

/** The resources that an input was made of. */
function madeOf(resources: readonly Registration[], of: Registration, input: string): Registration[] {
  return resources.filter(({ urn }) => of.propertyDependencies[input]?.includes(urn));
}

/** Whether a component of that name is above a resource. */
function isPartOf(resources: readonly Registration[], { parent }: Registration, name: string): boolean {
  const above = resources.find(({ urn }) => urn === parent);
  return above !== undefined && (above.type === componentType(name) || isPartOf(resources, above, name));
}

function boxOf(resources: readonly Registration[], resource: Registration): Box {
  const { type } = resource;
  if (type === types.gitlab.project)
    return isPartOf(resources, resource, "ModelServer") ? "server" : "models";
  if (type === types.gitlab.projectAccessToken) return boxOfProject(resources, resource);
  if (type === types.image) return "image";
  if (isPartOf(resources, resource, "TrainingImage")) return "training";
  if (type === types.heroku.app || isPartOf(resources, resource, "HerokuAuthorization")) return "app";
  throw new Error(`The picture has no box for ${resource.type} ${resource.name}.`);
}

/** The box of the project that a rule, variable or token is of. */
function boxOfProject(resources: readonly Registration[], of: Registration): Box {
  const boxes = madeOf(resources, of, "project").map((project) => boxOf(resources, project));
  return the(`project of ${of.name}`, boxes);
}

function projects(resources: readonly Registration[], box: Box): Registration[] {
  return ofType(resources, types.gitlab.project).filter((project) => boxOf(resources, project) === box);
}

/** Keys of the variables that each line of the picture stands for, by the box that it leads away from. */
function variables(
  resources: readonly Registration[],
): Record<"models" | "image" | "training" | "server", string> {
  const keys: Record<string, Set<string>> = {
    "models needs server": new Set(),
    "models needs training": new Set(),
    "server needs image": new Set(),
    "server needs app": new Set(),
  };
  for (const variable of ofType(resources, types.gitlab.projectVariable)) {
    for (const made of madeOf(resources, variable, "value")) {
      const line = `${boxOfProject(resources, variable)} needs ${boxOf(resources, made)}`;
      const known = keys[line];
      if (!known) throw new Error(`The picture has no line for ${variable.name}: ${line}.`);
      known.add(String(variable.inputs.key));
    }
  }
  const label = (line: string) => [...(keys[line] ?? [])].sort().join("<br>");
  return {
    models: label("models needs server"),
    image: label("server needs image"),
    training: label("models needs training"),
    server: label("server needs app"),
  };
}

/** The rule for tags that all projects have. */
function tagRule(resources: readonly Registration[]): { pattern: string; level: string } {
  const all = ofType(resources, types.gitlab.tagProtection).map(
    ({ inputs }) => inputs as Record<string, string>,
  );
  // The guard of a rule protects the same tags.
  const guards = all.map(({ tag = "" }) => guardPattern(tag));
  const rules = all.filter(({ tag }) => !guards.includes(tag));
  return {
    pattern: the(
      "pattern of protected tags",
      rules.map(({ tag = "" }) => tag),
    ),
    level: the(
      "role that creates tags",
      rules.map(({ createAccessLevel = "" }) => createAccessLevel),
    ),
  };
}

interface JobYaml {
  readonly script?: unknown;
  readonly rules?: readonly unknown[];
  readonly needs?: readonly { readonly job: string; readonly optional?: boolean }[];
}

/** Whether a job is for merge requests, which the way of a tag has none of. */
const isForMergeRequests = ({ rules }: JobYaml) =>
  JSON.stringify(rules ?? []).includes("merge_request_event");

/** Jobs of the pipelines that the projects of a box start with, but for those that others can do without. */
function jobsOf(resources: readonly Registration[], box: Box): string[] {
  return projects(resources, box).flatMap((project) => {
    const seeds = ofType(resources, types.command).filter(
      (one) =>
        isPartOf(resources, one, "RepositorySeed") && madeOf(resources, one, "environment").includes(project),
    );
    const { COMMON, TEMPLATE = "" } = the(`seed of ${project.name}`, seeds).inputs.environment as Record<
      string,
      string
    >;
    const file = path.join(root, COMMON ?? TEMPLATE, ".gitlab-ci.yml");
    // YAML knows no `!reference`, which is GitLab's.
    const parts = parse(readFileSync(file, "utf8"), { logLevel: "error" }) as Record<string, JobYaml>;
    const optional = Object.values(parts)
      .flatMap(({ needs }) => needs ?? [])
      .flatMap((need) => (need.optional ? [need.job] : []));
    return Object.entries(parts)
      .filter(([name, job]) => job.script && !optional.includes(name) && !isForMergeRequests(job))
      .map(([name]) => name);
  });
}

/** The one value that all of them are. */
function the<T>(what: string, values: readonly T[]): T {
  const different = [...new Set(values)];
  const [value] = different;
  if (value !== undefined && different.length === 1) return value;
  throw new Error(`The picture needs one ${what}; there are ${different.length}: ${different.join("; ")}`);
}
