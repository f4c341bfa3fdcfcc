import { heroku } from "../../../lib/heroku/client.ts";
import type { State } from "../../../lib/pulumi/preview.ts";
import { isProperties } from "../../../lib/pulumi/values.ts";
import type { Check } from "./check.ts";

const keysOf = ({ inputs = {} }: State, ...names: string[]) =>
  names.flatMap((name) => {
    const value = inputs[name];
    return isProperties(value) ? Object.keys(value) : [];
  });

/** Config vars that somebody gave an app of the stack; their values are not looked at. */
export const configVarsCheck: Check = async (place, account) => {
  const { id, name: app, state } = place;
  const associations = place.own("heroku:app/configAssociation:ConfigAssociation");
  const own = [
    ...keysOf(state, "configVars", "sensitiveConfigVars"),
    ...associations.flatMap((one) => keysOf(one, "vars", "sensitiveVars")),
  ];
  const path = `/apps/${id}/config-vars`;
  const vars = await heroku<object>(account, `look-up of ${app}'s config vars`, path);
  return Object.keys(vars)
    .filter((key) => !own.includes(key))
    .sort()
    .map((key) => ({
      noun: "config var",
      name: key,
      owner: app,
      effect: "is in the environment of every dyno",
      remedy: `remove it: heroku config:unset ${key} --app ${app}`,
      undo: { service: "heroku", method: "PATCH", path, body: { [key]: null } },
    }));
};
