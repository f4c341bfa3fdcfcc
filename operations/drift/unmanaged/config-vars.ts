import { heroku } from "../../../lib/heroku/client.ts";
import type { Check } from "./check.ts";

/** Config vars that somebody gave an app of the stack; their values are not looked at. */
export const configVarsCheck: Check = async ({ name: app, present }, account) => {
  const own = Object.keys((present.inputs?.configVars as object | undefined) ?? {});
  const path = `/apps/${present.id}/config-vars`;
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
    }));
};
