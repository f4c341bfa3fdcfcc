import type { StackConfig } from "../config/config.ts";
import type { SettingProblem } from "../config/problems.ts";

/** https://devcenter.heroku.com/articles/platform-api-reference#account */
export interface HerokuAccount {
  readonly verified?: boolean;
  readonly suspended_at?: string | null;
  readonly delinquent_at?: string | null;
}

/** Whether Heroku lets the account make and run apps. A team pays for its own apps. */
export function checkStanding(
  account: HerokuAccount,
  { herokuTeam: team }: StackConfig,
  problems: SettingProblem[],
): void {
  const { verified, suspended_at: suspended, delinquent_at: delinquent } = account;
  const problem = (found: string, fix: string): SettingProblem => ({
    setting: "heroku:apiKey",
    found,
    allowed: "a key of an account in good standing, which may make apps",
    fix,
  });
  if (suspended) {
    problems.push(
      problem(
        `a key of an account that Heroku suspended on ${suspended.slice(0, 10)}`,
        "ask Heroku: https://help.heroku.com",
      ),
    );
    return;
  }
  if (team !== undefined) return;
  if (delinquent) {
    problems.push(
      problem(
        `a key of an account with an unpaid bill since ${delinquent.slice(0, 10)}`,
        "pay it: https://dashboard.heroku.com/account/billing",
      ),
    );
  }
  if (verified === false) {
    problems.push(
      problem(
        "a key of an account that is not verified, so that Heroku makes no app for it",
        "add payment information: https://heroku.com/verify, or name a team in mlops:herokuTeam",
      ),
    );
  }
}
