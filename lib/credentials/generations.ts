/**
 * Generations of a credential. GitLab and Heroku can change a token only by ending the old one at once, while
 * running jobs still hold it. So a stack can have two side by side: the variables get the last one, and the one
 * before is revoked when no job can hold it any more (`npm run rotate`).
 */
/** Who gives out a credential that has generations: the models' access tokens, the server's Heroku authorization. */
export type Issuer = "gitlab" | "heroku";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Name of a credential's resource; the first generation has the plain one. */
export function generationName(name: string, generation: number): string {
  return generation === 1 ? name : `${name}-${generation}`;
}

/** What the service shows as the credential's description. */
export function generationDescription(description: string, generation: number): string {
  return generation === 1 ? description : `${description}, generation ${generation}`;
}

/**
 * Makes every listed generation, oldest first.
 * @returns the last one, which is to be used
 * @throws for an empty list, which the settings do not allow
 */
export function newest<T>(generations: readonly number[], make: (generation: number) => T): T {
  const last = generations.map(make).at(-1);
  if (last === undefined) throw new Error("a credential needs at least one generation");
  return last;
}

/** The day, `YYYY-MM-DD` in UTC, that is so many days away. */
export function dayAfter(days: number, now = Date.now()): string {
  return new Date(now + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whole days until a moment or the start of a day, both in UTC; negative when it is past. */
export function daysUntil(end: string, now = Date.now()): number {
  const time = Date.parse(end);
  if (Number.isNaN(time)) throw new Error(`${JSON.stringify(end)} is no date`);
  return Math.floor((time - now) / DAY_MS);
}

/** How a credential's end is told, and what to do about it. */
export function expiryWarning(what: string, end: string, issuer: Issuer, now = Date.now()): string {
  const days = daysUntil(end, now);
  const when = days < 0 ? "has expired" : days === 1 ? "expires in 1 day" : `expires in ${days} days`;
  return `${what} ${when} (${end.slice(0, 10)}). Replace it: npm run rotate -- --only ${issuer}`;
}
