import * as pulumi from "@pulumi/pulumi";
import { daysUntil, expiryWarning, type Issuer } from "../../lib/credentials/generations.ts";

/** Shows a warning in previews and updates once a credential has no more than so many days left. */
export function warnOfExpiry(
  resource: pulumi.Resource,
  what: string,
  issuer: Issuer,
  end: pulumi.Output<string>,
  beforeDays: number,
): void {
  end.apply((day) => {
    if (day && daysUntil(day) <= beforeDays)
      return pulumi.log.warn(expiryWarning(what, day, issuer), resource);
  });
}
