/** Log-ins to both registries, with docker: its engine is what pushes and pulls. */
import { registryOf } from "../commands/docker.ts";
import { setCommand } from "../config/config.ts";
import { type Check, notChecked, ok, problem, type Verdict } from "./check.ts";
import type { GitLabAnswers } from "./gitlab/ask.ts";
import { isGitLabCom } from "./gitlab/pages.ts";
import { withEngine } from "./machine/docker.ts";
import type { Machine } from "./machine/machine.ts";
import { bodyOf } from "./service.ts";
import { reasonOf } from "./surroundings.ts";

export const gitlabRegistryChecks: ReadonlyArray<Check<Machine & GitLabAnswers>> = [
  {
    name: "log-in to GitLab's registry",
    setting: "gitlab:token",
    look: (asked) => switchedOff(asked) ?? withEngine(checkGitLabRegistry)(asked),
  },
];

export const herokuRegistryChecks: ReadonlyArray<Check<Machine>> = [
  {
    name: "log-in to Heroku's registry",
    setting: "mlops:herokuRegistry",
    look: withEngine(checkHerokuRegistry),
  },
  {
    name: "log-in with the pipelines' scopes",
    setting: "mlops:herokuTokenScopes",
    look: withEngine(checkPipelineLogIn),
  },
];

interface Project {
  readonly container_registry_image_prefix?: string;
}

/** Only a project tells where the registry is: one of the stack, or any other that the user is a member of. */
function prefixesIn({ projects, anyProjects }: GitLabAnswers): ReadonlyArray<string | undefined> {
  const own = projects.flatMap(({ answer }) => bodyOf<Project>(answer) ?? []);
  const any = bodyOf<readonly Project[]>(anyProjects) ?? [];
  return [...own, ...any].map((project) => project.container_registry_image_prefix);
}

/** Pipelines need it too, where this machine needs no docker. */
function switchedOff(asked: GitLabAnswers): Verdict | undefined {
  const prefixes = prefixesIn(asked);
  if (prefixes.length === 0 || prefixes.some(Boolean)) return undefined;
  return problem({
    setting: "gitlab:baseUrl",
    found: `${asked.config.gitlab.url}, whose container registry is switched off`,
    allowed: "a GitLab with a container registry: the runtime image is kept there",
    fix: "ask an administrator to enable it: https://docs.gitlab.com/administration/packages/container_registry/",
  });
}

async function checkGitLabRegistry(asked: Machine & GitLabAnswers): Promise<Verdict> {
  const { config, world } = asked;
  const prefix = prefixesIn(asked).find(Boolean);
  const registry = prefix ? registryOf(prefix) : whereKnown(config.gitlab.url);
  if (!registry) return notChecked("only a project tells where GitLab's registry is, and there is none yet");
  try {
    await world.logIn(registry, "oauth2", config.gitlab.token);
    return ok(registry);
  } catch (error) {
    return problem({
      found: `${registry}, which refuses the log-in with gitlab:token: ${reasonOf(error)}`,
      allowed: "a token with scope api, which may push images, and a registry that docker reaches",
      fix: "pulumi config set --secret gitlab:token",
    });
  }
}

function whereKnown(url: string): string | undefined {
  return isGitLabCom(url) ? "registry.gitlab.com" : undefined;
}

async function checkHerokuRegistry({ config, world }: Machine): Promise<Verdict> {
  const { herokuRegistry: registry, heroku } = config;
  try {
    await world.logIn(registry, "_", heroku.token);
    return ok(registry);
  } catch (error) {
    return problem({
      found: `${registry}, which refuses the log-in with heroku:apiKey: ${reasonOf(error)}`,
      allowed: "Heroku's container registry and a key that it knows",
      fix: setCommand("mlops:herokuRegistry", "registry.heroku.com"),
    });
  }
}

/** With the stack's own authorization, where it was made: making another one to try would be creating something. */
async function checkPipelineLogIn({ config, world }: Machine): Promise<Verdict> {
  const { herokuRegistry: registry, herokuTokenScopes } = config;
  const scopes = herokuTokenScopes.join(", ");
  if (!world.pipelineKey) return notChecked("only npm run preflight tries it");
  const key = await world.pipelineKey();
  if (key === undefined) {
    return notChecked(
      `the key with scopes ${scopes} does not exist yet; the stack's first release is the first to use it`,
    );
  }
  try {
    await world.logIn(registry, "_", key);
    return ok(scopes);
  } catch (error) {
    return problem({
      found: `${scopes}, with which ${registry} refuses the log-in: ${reasonOf(error)}`,
      allowed: "scopes with which the deploy job may push, and a key that nobody revoked",
      fix: "npm run rotate -- --only heroku",
    });
  }
}
