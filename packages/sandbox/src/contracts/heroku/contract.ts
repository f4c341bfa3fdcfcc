import type { Contract } from "../contract.ts";
import { operations as accounts } from "./accounts.ts";
import { operations as apps } from "./apps.ts";
import { error } from "./common.ts";
import { operations as releases } from "./releases.ts";
import { operations as settings } from "./settings.ts";

/** Heroku's Platform API, as far as it is in use. */
export const heroku: Contract = {
  service: "heroku",
  operations: { ...accounts, ...apps, ...releases, ...settings },
  error,
};
