/** heroku:app/app:App, https://devcenter.heroku.com/articles/platform-api-reference#app */
import { type Resource, UnfinishedError } from "../shared/provider.ts";
import { equal, isProps, type Props } from "../shared/values.ts";
import type { Heroku } from "./api.ts";
import { changeConfigVars, checkDuplicates, configVarsOf, mapOf, onlyManaged } from "./config-vars.ts";
import { failingAs } from "./errors.ts";

interface HerokuApp {
  id: string;
  name: string;
  acm: boolean;
  git_url: string;
  web_url: string;
  region: { name: string };
  build_stack: { name: string };
  internal_routing: boolean | null;
  space?: { name: string } | null;
  team?: { name: string } | null;
}

export function app(api: Heroku): Resource {
  const read = async (id: string, known: Props): Promise<Props | undefined> => {
    const found = await api.requestUnlessGone<HerokuApp>("GET", `/apps/${encodeURIComponent(id)}`);
    return found && describe(api, found, known);
  };
  const mustRead = async (id: string, known: Props): Promise<Props> => {
    const outputs = await read(id, known);
    if (!outputs) {
      throw new Error(`error retrieving app: ${id} is gone`);
    }
    return outputs;
  };

  return {
    rules: { autoName: "name" },

    diff({ state, inputs }, differences) {
      // The service does not say whether a team's app is personal; the last word on it stands.
      if (
        isProps(inputs.organization) &&
        isProps(state.organization) &&
        state.organization.personal === undefined
      ) {
        differences.delete("organization.personal");
      }
      // A team is given to an app when it is made, and taken away by making another one.
      const change = differences.get("organization");
      if (change) differences.set("organization", { ...change, replace: true });
    },

    async create(_context, inputs) {
      checkDuplicates(inputs.configVars, inputs.sensitiveConfigVars);
      const common = defined({ name: inputs.name, region: inputs.region, stack: inputs.stack });
      const team = isProps(inputs.organization) ? inputs.organization : undefined;
      const made = team
        ? await api.request<HerokuApp>("POST", "/teams/apps", {
            ...common,
            ...defined({
              team: team.name,
              personal: team.personal,
              locked: team.locked,
              space: inputs.space,
              internal_routing: inputs.internalRouting,
            }),
          })
        : await api.request<HerokuApp>("POST", "/apps", common);
      try {
        const vars = { ...mapOf(inputs.configVars), ...mapOf(inputs.sensitiveConfigVars) };
        await changeConfigVars(api, made.id, {}, vars);
        if (Array.isArray(inputs.buildpacks)) {
          await setBuildpacks(api, made.id, inputs.buildpacks as string[]);
        }
        if (inputs.acm === true) {
          await api.request("POST", `/apps/${made.id}/acm`);
        }
        await new Promise((resolve) => setTimeout(resolve, api.postAppCreateDelay * 1000));
        return { id: made.id, outputs: await mustRead(made.id, inputs) };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        // The state is to say what was done, not what was wanted: the next update makes the difference good.
        const nothing = {
          name: made.name,
          uuid: made.id,
          configVars: {},
          sensitiveConfigVars: {},
          buildpacks: [],
        };
        throw new UnfinishedError(
          message,
          made.id,
          (await read(made.id, inputs).catch(() => nothing)) ?? nothing,
        );
      }
    },

    async read(_context, id, state) {
      const outputs = await read(id, state);
      return outputs && { id: String(outputs.uuid), outputs };
    },

    async update(_context, { id, state, inputs }) {
      checkDuplicates(inputs.configVars, inputs.sensitiveConfigVars);
      const changed = (key: string): boolean => inputs[key] !== undefined && !equal(inputs[key], state[key]);
      const own = defined({
        name: changed("name") ? inputs.name : undefined,
        build_stack: changed("stack") ? inputs.stack : undefined,
      });
      await api.request("PATCH", `/apps/${id}`, own);
      if (changed("buildpacks")) {
        await setBuildpacks(api, id, inputs.buildpacks as string[]);
      }
      await updateConfigVars(api, id, state, inputs, changed);
      if (changed("acm")) {
        await api.request(inputs.acm === true ? "POST" : "DELETE", `/apps/${id}/acm`);
      }
      await updateLock(api, id, state, inputs);
      return mustRead(id, { ...state, ...inputs });
    },

    /** An app that is gone already is an error, as it is for the official provider. */
    async delete(_context, id) {
      await failingAs("error deleting App", api.request("DELETE", `/apps/${encodeURIComponent(id)}`));
    },
  };
}

/** Only maps that the program gives are touched: leaving out a whole map leaves its variables on the app. */
async function updateConfigVars(
  api: Heroku,
  id: string,
  state: Props,
  inputs: Props,
  changed: (key: string) => boolean,
): Promise<void> {
  let before: Props = {};
  let wanted: Props = {};
  for (const key of ["configVars", "sensitiveConfigVars"]) {
    if (changed(key)) {
      before = { ...before, ...mapOf(state[key]) };
      wanted = { ...wanted, ...mapOf(inputs[key]) };
    }
  }
  await changeConfigVars(api, id, before, wanted);
}

async function updateLock(api: Heroku, id: string, state: Props, inputs: Props): Promise<void> {
  const { locked } = mapOf(inputs.organization);
  if (locked !== undefined && !equal(locked, mapOf(state.organization).locked)) {
    await api.request("PATCH", `/teams/apps/${id}`, { locked });
  }
}

function setBuildpacks(api: Heroku, id: string, buildpacks: string[]): Promise<unknown> {
  return api.request("PUT", `/apps/${id}/buildpack-installations`, {
    updates: buildpacks.map((buildpack) => ({ buildpack })),
  });
}

async function describe(api: Heroku, found: HerokuApp, known: Props): Promise<Props> {
  const vars = await configVarsOf(api, found.id);
  const installations = await api.request<Array<{ buildpack: { name: string } }>>(
    "GET",
    `/apps/${found.id}/buildpack-installations`,
  );
  return {
    name: found.name,
    region: found.region.name,
    stack: found.build_stack.name,
    acm: found.acm,
    internalRouting: found.internal_routing ?? false,
    ...(found.space ? { space: found.space.name } : {}),
    ...(found.team ? { organization: await organization(api, found, known) } : {}),
    gitUrl: found.git_url,
    webUrl: found.web_url,
    herokuHostname: found.web_url ? new URL(found.web_url).hostname : "",
    uuid: found.id,
    buildpacks: installations.map(({ buildpack }) => buildpack.name),
    configVars: onlyManaged(vars, known.configVars),
    sensitiveConfigVars: onlyManaged(vars, known.sensitiveConfigVars),
    allConfigVars: api.allConfigVarsInState ? vars : {},
  };
}

async function organization(api: Heroku, found: HerokuApp, known: Props): Promise<Props> {
  const details = await api.request<{ locked: boolean; team: { name: string } }>(
    "GET",
    `/teams/apps/${found.id}`,
  );
  const { personal } = mapOf(known.organization);
  return { name: details.team.name, locked: details.locked, ...(personal === undefined ? {} : { personal }) };
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
