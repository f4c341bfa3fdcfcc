/** Config vars of an app, https://devcenter.heroku.com/articles/platform-api-reference#config-vars */
import { isProps, type Props, type Value } from "../shared/values.ts";
import type { Heroku } from "./api.ts";

const PATIENCE = 20 * 60_000;

/** The config vars that an app has. */
export async function configVarsOf(api: Heroku, app: string): Promise<Record<string, string>> {
  const vars = await api.request<Record<string, string | null>>("GET", `/apps/${app}/config-vars`);
  return Object.fromEntries(
    Object.entries(vars).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/**
 * Sets the wanted config vars and takes away the ones that were managed before, then waits for the newest release.
 * The official provider does both also where no variable is to be set or taken away.
 */
export async function changeConfigVars(
  api: Heroku,
  app: string,
  before: Props,
  wanted: Props,
): Promise<void> {
  const vars: Record<string, string | null> = {};
  for (const name of Object.keys(before)) vars[name] = null;
  for (const [name, value] of Object.entries(wanted)) vars[name] = String(value);
  await api.request("PATCH", `/apps/${app}/config-vars`, vars);
  const [latest] = await api.request<Array<{ id: string }>>("GET", `/apps/${app}/releases`, undefined, {
    range: "version ..; max=1, order=desc",
  });
  if (!latest) {
    throw new Error(`no release found for app ${app} after its config vars were set`);
  }
  await untilReleased(api, app, latest.id);
}

async function untilReleased(api: Heroku, app: string, release: string): Promise<void> {
  const end = Date.now() + PATIENCE;
  for (let pause = 100; ; pause = Math.min(pause * 2, 5000)) {
    const { status } = await api.request<{ status: string }>("GET", `/apps/${app}/releases/${release}`);
    if (status === "succeeded") {
      return;
    }
    if (status !== "pending" || Date.now() > end) {
      throw new Error(`error waiting for new release (${release}) to succeed: unexpected state '${status}'`);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** The managed part of what an app has. */
export function onlyManaged(all: Record<string, string>, managed: Value | undefined): Record<string, string> {
  const names = new Set(Object.keys(mapOf(managed)));
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name)));
}

/** A map input, empty when it is not given. */
export function mapOf(value: Value | undefined): Props {
  return isProps(value) ? value : {};
}

/** Names that are in both maps: the provider refuses them. */
export function checkDuplicates(plain: Value | undefined, sensitive: Value | undefined): void {
  const names = Object.keys(mapOf(plain)).filter((name) => name in mapOf(sensitive));
  if (names.length > 0) {
    throw new Error(`[ERROR] Detected duplicate config vars: [${names.join(" ")}]`);
  }
}
