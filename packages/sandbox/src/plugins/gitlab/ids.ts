/** Ids and names as the official (Terraform) provider writes them. */

/** The two halves of `<project>:<rest>`. */
export function twoParts(id: string, form: string): [string, string] {
  const colon = id.indexOf(":");
  if (colon < 1 || colon === id.length - 1) {
    throw new Error(
      `Invalid resource ID format: The resource ID '${id}' has an invalid format. It should be '${form}'.`,
    );
  }
  return [id.slice(0, colon), id.slice(colon + 1)];
}

/** The number at the end of `<project>:<number>`. */
export function projectAndNumber(id: string, form: string): [string, number] {
  const [project, rest] = twoParts(id, form);
  const number = Number(rest);
  if (!Number.isSafeInteger(number)) {
    throw new Error(
      `Invalid resource ID format: '${rest}' in '${id}' is not a number. It should be '${form}'.`,
    );
  }
  return [project, number];
}

/** https://docs.gitlab.com/api/access_requests/#valid-access-levels */
const LEVELS: Record<string, number> = {
  "no one": 0,
  minimal: 5,
  guest: 10,
  planner: 15,
  reporter: 20,
  developer: 30,
  maintainer: 40,
  owner: 50,
  admin: 60,
};

export const PROTECTION_LEVELS = ["no one", "developer", "maintainer", "admin"] as const;
export const UNPROTECT_LEVELS = ["developer", "maintainer", "admin"] as const;
export const MEMBER_LEVELS = [
  "no one",
  "minimal",
  "guest",
  "planner",
  "reporter",
  "developer",
  "maintainer",
  "owner",
] as const;

/** The number of an access level. */
export function levelValue(name: string): number {
  const value = LEVELS[name];
  if (value === undefined) {
    throw new Error(
      `${JSON.stringify(name)} is not an access level; allowed are ${Object.keys(LEVELS).join(", ")}`,
    );
  }
  return value;
}

/** The name of an access level. */
export function levelName(value: number): string {
  return Object.entries(LEVELS).find(([, level]) => level === value)?.[0] ?? String(value);
}

/** `visibilityLevel` as `visibility_level`. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
