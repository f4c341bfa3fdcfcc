import type { Check } from "../check.ts";
import { dockerChecks } from "./docker.ts";
import { gitChecks } from "./git.ts";
import type { Machine } from "./machine.ts";
import { pluginChecks } from "./plugins.ts";
import { templateChecks } from "./templates.ts";

/** All that is looked at on this machine, in the order of the table. */
export const machineChecks: ReadonlyArray<Check<Machine>> = [
  ...gitChecks,
  ...templateChecks,
  ...dockerChecks,
  ...pluginChecks,
];
