import type { Check } from "../check.ts";
import { accountChecks } from "./account.ts";
import { appChecks } from "./app.ts";
import type { HerokuAnswers } from "./ask.ts";
import { keyChecks } from "./key.ts";

/** All that is asked of Heroku, in the order of the table. */
export const herokuChecks: ReadonlyArray<Check<HerokuAnswers>> = [
  ...keyChecks,
  ...accountChecks,
  ...appChecks,
];
