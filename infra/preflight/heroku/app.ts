import { setCommand } from "../../config/config.ts";
import { type Check, notChecked, ok, problem, type Verdict } from "../check.ts";
import type { HerokuAnswers } from "./ask.ts";

export const appChecks: ReadonlyArray<Check<HerokuAnswers>> = [
  { name: "name of the app", setting: "mlops:herokuApp", look: checkName },
];

/** Heroku answers 403 for an app of somebody else. */
function checkName({ config: { herokuApp: name }, app }: HerokuAnswers): Verdict {
  if (!app) return ok(`${name}, of the stack`);
  if (app.status === 404) return ok(`${name}, free`);
  if (app.status !== 200 && app.status !== 403) {
    return notChecked(`Heroku answers ${app.status} when asked for app ${name}`);
  }
  const isMine = app.status === 200;
  const another = setCommand("mlops:herokuApp", `${name.slice(0, 28)}-2`);
  return problem({
    found: `${JSON.stringify(name)}, which is taken by an app ${isMine ? "of yours that does not belong to this stack" : "of somebody else"}`,
    allowed: "a name that no other app on Heroku has",
    fix: isMine ? `${another}; if an interrupted update of this stack made it: npm run repair` : another,
  });
}
