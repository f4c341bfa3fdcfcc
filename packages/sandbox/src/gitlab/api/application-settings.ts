import { invalid, parameterError } from "../errors.ts";
import { INSTALLED_SETTINGS } from "../installed-settings.ts";
import { applicationSettings, SETTING_DEFAULTS } from "../instance-settings.ts";
import { notImplemented } from "../not-implemented.ts";
import type { Api, Call } from "./call.ts";
import type { Params } from "./params.ts";

/** Settings of the whole instance, for administrators: https://docs.gitlab.com/api/settings/ */
export function applicationSettingRoutes(api: Api): void {
  api.get("/application/settings", (call) => {
    call.requireAdmin();
    return entity(call);
  });
  api.put("/application/settings", async (call) => {
    call.requireAdmin();
    const { params } = call;
    const names = params.names();
    const missing = names.filter((name) => !Object.hasOwn(SETTING_DEFAULTS, name));
    if (missing.length > 0) throw notImplemented(`the application settings ${missing.join(", ")}`);
    const changed = Object.fromEntries(names.map((name) => [name, readOne(name, params)]));
    await api.instance.store.update((state) => {
      state.applicationSettings = { ...state.applicationSettings, ...changed };
    });
    return entity(call);
  });
}

function entity(call: Call): Record<string, unknown> {
  return { id: 1, ...INSTALLED_SETTINGS, ...applicationSettings(call.state) };
}

const VISIBILITIES = ["private", "internal", "public"] as const;

function readOne(name: string, params: Params): unknown {
  const initial = SETTING_DEFAULTS[name as keyof typeof SETTING_DEFAULTS];
  if (name === "restricted_visibility_levels") return visibilities(params);
  if (name === "default_project_visibility" || name === "default_group_visibility") {
    return params.oneOf(name, VISIBILITIES) ?? initial;
  }
  if (name === "deletion_adjourned_period") return days(params.requireInteger(name));
  if (typeof initial === "boolean") return params.boolean(name) ?? initial;
  if (typeof initial === "number") return params.integer(name) ?? initial;
  return params.isBlank(name) ? null : params.string(name);
}

function visibilities(params: Params): string[] {
  const levels = params.list("restricted_visibility_levels") ?? [];
  if (levels.some((level) => !VISIBILITIES.some((known) => known === level))) {
    throw parameterError("restricted_visibility_levels does not have a valid value");
  }
  return levels;
}

/** https://docs.gitlab.com/api/settings/#available-settings (`deletion_adjourned_period`) */
function days(period: number): number {
  const problem =
    period < 1
      ? "must be greater than or equal to 1"
      : period > 90
        ? "must be less than or equal to 90"
        : undefined;
  if (problem !== undefined) throw invalid({ deletion_adjourned_period: [problem] });
  return period;
}
