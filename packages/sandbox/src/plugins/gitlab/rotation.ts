/** When a token is rotated, and until when the new one is good; dates are `YYYY-MM-DD` in UTC. */
import { isProps, type Props } from "../shared/values.ts";

const DAY = 24 * 60 * 60 * 1000;

export interface Rotation {
  expirationDays: number;
  rotateBeforeDays: number;
}

/** The rotation that a resource asks for, if it does. */
export function rotationOf(inputs: Props): Rotation | undefined {
  const given = inputs.rotationConfiguration;
  return isProps(given) &&
    typeof given.expirationDays === "number" &&
    typeof given.rotateBeforeDays === "number"
    ? { expirationDays: given.expirationDays, rotateBeforeDays: given.rotateBeforeDays }
    : undefined;
}

/** True from `rotateBeforeDays` days before the expiry on. */
export function rotationIsDue(expiresAt: string, rotation: Rotation, now: Date): boolean {
  const expiry = Date.parse(`${expiresAt}T00:00:00Z`);
  if (Number.isNaN(expiry)) {
    throw new Error(`Could not parse rotation date ${JSON.stringify(expiresAt)}: YYYY-MM-DD is expected`);
  }
  return expiry - rotation.rotateBeforeDays * DAY < now.getTime();
}

/** The expiry of a token that is made now. */
export function expiryFrom(rotation: Rotation, now: Date): string {
  return new Date(now.getTime() + rotation.expirationDays * DAY).toISOString().slice(0, 10);
}
