/** heroku:app/configAssociation:ConfigAssociation: config vars of an app, managed apart from the app. */
import type { Resource } from "../shared/provider.ts";
import type { Props } from "../shared/values.ts";
import type { Heroku } from "./api.ts";
import { changeConfigVars, checkDuplicates, configVarsOf, mapOf } from "./config-vars.ts";

export function configAssociation(api: Heroku): Resource {
  const read = async (known: Props): Promise<Props> => {
    const app = String(known.appId);
    const all = await configVarsOf(api, app);
    const present = (names: string[]) => Object.fromEntries(names.map((name) => [name, all[name] ?? ""]));
    return {
      appId: app,
      vars: present(Object.keys(mapOf(known.vars))),
      sensitiveVars: present(Object.keys(mapOf(known.sensitiveVars))),
    };
  };
  const both = (props: Props): Props => ({ ...mapOf(props.vars), ...mapOf(props.sensitiveVars) });

  return {
    async create(_context, inputs) {
      checkDuplicates(inputs.vars, inputs.sensitiveVars);
      const app = String(inputs.appId);
      await changeConfigVars(api, app, {}, both(inputs));
      return { id: `config:${app}`, outputs: await read(inputs) };
    },

    async read(_context, id, state) {
      if (state.appId === undefined) {
        throw new Error(
          "it is not possible to import heroku_app_config_association since there are no remote resources",
        );
      }
      const app = await api.requestUnlessGone("GET", `/apps/${String(state.appId)}`);
      return app === undefined ? undefined : { id, outputs: await read(state) };
    },

    async update(_context, { state, inputs }) {
      checkDuplicates(inputs.vars, inputs.sensitiveVars);
      // A new app has none of the variables yet; the old one, which may be gone, keeps the ones it has.
      const before = inputs.appId === state.appId ? both(state) : {};
      await changeConfigVars(api, String(inputs.appId), before, both(inputs));
      return read(inputs);
    },

    async delete(_context, _id, state) {
      const app = String(state.appId);
      if ((await api.requestUnlessGone("GET", `/apps/${app}`)) !== undefined) {
        await changeConfigVars(api, app, both(state), {});
      }
    },
  };
}
