import type { SandboxContext } from "../core/context.ts";
import type { Account } from "./state.ts";

/** The account that a sandbox starts with. */
export const ADMIN_EMAIL = "admin@example.com";

/** How Heroku looks at an account: https://devcenter.heroku.com/articles/platform-api-reference#account */
export interface Standing {
  /** Whether there is payment information: https://devcenter.heroku.com/articles/account-verification */
  verified: boolean;
  suspendedAt: string | null;
  delinquentAt: string | null;
  /** Whether it has subscribed to Eco dynos: https://devcenter.heroku.com/articles/eco-dyno-hours */
  ecoPlan: boolean;
}

const GOOD: Standing = { verified: true, suspendedAt: null, delinquentAt: null, ecoPlan: true };

/** The first account stands as the sandbox was started; every other one well. */
export function standingOf({ conditions }: SandboxContext, account: Account | undefined): Standing {
  return account?.email === ADMIN_EMAIL ? conditions.heroku : GOOD;
}
