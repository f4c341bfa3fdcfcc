/**
 * The environment of the model server: what exists in GitLab and in Heroku.
 *
 *   tag `v*` on a model project -> its pipeline -> commit on the server project -> its pipeline -> Heroku release
 */
import "../lib/pulumi/plain-stack-traces.ts";
import * as docker from "@pulumi/docker";
import * as gitlab from "@pulumi/gitlab";
import * as heroku from "@pulumi/heroku";
import * as pulumi from "@pulumi/pulumi";
import { engineOfContext } from "./commands/docker.ts";
import { herokuHost } from "./components/heroku/host.ts";
import { ModelProject } from "./components/model-project.ts";
import { ModelServer } from "./components/model-server.ts";
import { groupSettings } from "./components/setting-groups.ts";
import { readConfig } from "./config/config.ts";
import { keepAnswersOutOfDebugMessages } from "./debug-messages.ts";
import { checkAddresses, resourcesOfStack } from "./guard/check-addresses.ts";
import { guardResources } from "./guard/guard.ts";
import { preflight } from "./preflight/preflight.ts";

keepAnswersOutOfDebugMessages();
const config = readConfig();
// Before anything is asked: a question carries a credential.
const applied = await resourcesOfStack();
const { destinations, recorded } = await checkAddresses(config, pulumi.getStack(), applied);
const guard = guardResources(applied, destinations);
const facts = await preflight(config);
const groups = groupSettings(config, facts);

const engine = config.firstRelease === "pipeline" ? undefined : await engineOfContext();

// The providers get their credentials as secrets. From its environment, a provider may keep them in plain text.
const providers = {
  gitlab: new gitlab.Provider("gitlab", {
    baseUrl: config.gitlab.url,
    token: pulumi.secret(config.gitlab.token),
  }),
  heroku: new heroku.Provider("heroku", {
    url: config.heroku.url,
    apiKey: pulumi.secret(config.heroku.token),
  }),
  ...(engine !== undefined && { docker: new docker.Provider("docker", { host: engine }) }),
};

// The server: a GitLab project whose pipeline releases models to the host.
const server = new ModelServer(
  "mlserver",
  {
    namespace: config.gitlabNamespace,
    projectName: config.serverProjectName,
    project: groups.project,
    protection: groups.protection,
    deployOn: config.deployOn,
    runtime: groups.runtime,
    models: config.models.map(({ name }) => name),
    writeAccess: groups.writeAccess,
    canRelease: facts.canRelease,
    host: herokuHost(groups.heroku),
    gitlab: config.gitlab,
    user: facts.user,
  },
  { providers },
);

// The models: GitLab projects whose pipelines train one at a tag, and deliver it to the server's project.
const projects = config.models.map(
  (model) =>
    new ModelProject(
      model.name,
      {
        model,
        server,
        project: groups.project,
        protection: groups.protection,
        writeAccess: groups.writeAccess,
        variables: groups.modelVariables(model.name),
        gitlab: config.gitlab,
        user: facts.user,
      },
      { providers },
    ),
);

export const appUrl = server.appUrl;
export const serverProjectUrl = server.project.webUrl;
export const modelProjectUrls = Object.fromEntries(
  config.models.map(({ name }, index) => [name, projects[index]?.project.webUrl]),
);
/** The runtime image by digest. */
export const runtimeImage = server.runtimeImage;
/** The image that models are trained in, by digest; `none` where they train in the plain image of Python. */
export const trainingImage = server.trainingImage ?? "none";

/** Where each model answers; `<tag>` is a tag that delivered it. */
export const predictionUrls = Object.fromEntries(
  [["iris-dtc", "1.0"], ...config.models.map(({ name }) => [name, "<tag>"])].map(([name, version]) => [
    name,
    pulumi.interpolate`${server.appUrl}mlapi/v2/models/${name}/versions/${version}/infer`,
  ]),
);

/** Tokens to register the projects' own runners with: the server's and the models', where `runner` is `project`. */
export const runnerTokens =
  config.runner === "project" ? [server, ...projects].map((one) => one.runnerToken) : [];

/** Where the stack's credentials are sent, by the setting that says it: what the next update is held against. */
export const credentialAddresses = recorded;

guard.refuseDeletions();
