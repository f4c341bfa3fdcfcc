/**
 * GitLab's access levels, from the least to the most: the name that the provider has for each, the API's number,
 * and those who have it, in words. https://docs.gitlab.com/api/access_requests/#valid-access-levels
 */
export const accessLevels = [
  { name: "no one", number: 0, people: "no one" },
  { name: "minimal", number: 5, people: "Minimal access" },
  { name: "guest", number: 10, people: "Guests" },
  { name: "planner", number: 15, people: "Planners" },
  { name: "reporter", number: 20, people: "Reporters" },
  { name: "developer", number: 30, people: "Developers" },
  { name: "maintainer", number: 40, people: "Maintainers" },
  { name: "owner", number: 50, people: "Owners" },
  { name: "admin", number: 60, people: "Administrators" },
] as const;

export type AccessLevel = (typeof accessLevels)[number];

/** The level of that name; undefined where GitLab has none. */
export function levelNamed(name: unknown): AccessLevel | undefined {
  return accessLevels.find((level) => level.name === name);
}

/** The level of that number; undefined where GitLab has none. */
export function levelNumbered(number: unknown): AccessLevel | undefined {
  return accessLevels.find((level) => level.number === number);
}

/** Whether a level stands for nobody at all. */
export function isNoOne(level: AccessLevel | undefined): boolean {
  return level?.name === "no one";
}
