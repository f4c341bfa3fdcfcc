import { setCommand } from "../../config/config.ts";
import { type Check, notChecked, ok, problem, type Verdict, warning } from "../check.ts";
import { bodyOf } from "../service.ts";
import { goodStanding, type HerokuAnswers } from "./ask.ts";

/** https://devcenter.heroku.com/articles/platform-api-reference#account */
interface Account {
  readonly verified?: boolean;
  readonly delinquent_at?: string | null;
}

/** https://devcenter.heroku.com/articles/platform-api-reference#team */
interface Team {
  readonly role?: string | null;
  readonly type?: string;
}

export const accountChecks: ReadonlyArray<Check<HerokuAnswers>> = [
  { name: "bills of the account", setting: "heroku:apiKey", look: checkBills },
  { name: "verified account", setting: "heroku:apiKey", look: checkVerified },
  { name: "role in the team", setting: "mlops:herokuTeam", look: checkTeam },
  { name: "subscription to the dyno size", setting: "mlops:dynoSize", look: checkDynos },
];

const unreadable = "a key without scope identity may not read the account";
const billingPage = "https://dashboard.heroku.com/account/billing";

/** A team pays for its own apps, so what its member owes does not matter. */
function checkBills({ account, config }: HerokuAnswers): Verdict {
  const found = bodyOf<Account>(account);
  if (!found) return notChecked(unreadable);
  const { delinquent_at: delinquent } = found;
  if (delinquent && config.herokuTeam === undefined) {
    return problem({
      found: `a key of an account with an unpaid bill since ${delinquent.slice(0, 10)}`,
      allowed: goodStanding,
      fix: `pay it: ${billingPage}`,
    });
  }
  return ok(delinquent ? `team ${config.herokuTeam} pays` : "paid");
}

/** https://devcenter.heroku.com/articles/account-verification */
function checkVerified({ account, config }: HerokuAnswers): Verdict {
  if (config.herokuTeam !== undefined) return ok(`team ${config.herokuTeam} pays`);
  const found = bodyOf<Account>(account);
  if (found?.verified === undefined) return notChecked(found ? "Heroku does not tell" : unreadable);
  if (found.verified) return ok("verified");
  return problem({
    found: "a key of an account that is not verified, so that Heroku makes no app for it",
    allowed: goodStanding,
    fix: "add payment information: https://heroku.com/verify, or name a team in mlops:herokuTeam",
  });
}

/** Roles that may make an app of the team. https://devcenter.heroku.com/articles/heroku-teams#team-member-roles */
const makers = ["owner", "admin", "member"];

function checkTeam({ config: { herokuTeam: name }, team }: HerokuAnswers): Verdict {
  if (name === undefined || team === undefined) return ok("no team");
  const found = bodyOf<Team>(team);
  if (!found) {
    return problem({
      found: `${JSON.stringify(name)}, which the key cannot see (${team.status})`,
      allowed: "a Heroku team that the key's account is a member of, or no team",
      fix: "pulumi config rm mlops:herokuTeam",
    });
  }
  if (!found.role) return notChecked(`Heroku does not tell the role in team ${name}`);
  if (makers.includes(found.role)) return ok(`${found.role} of ${name}`);
  return problem({
    found: `${found.role} of team ${name}, who may not make apps`,
    allowed: "member or admin",
    fix: `an admin of the team gives the role: https://dashboard.heroku.com/teams/${name}/access`,
  });
}

/**
 * Eco dynos need a subscription of the account that pays, and teams cannot have one. The API does not tell whether
 * there is one. https://devcenter.heroku.com/articles/eco-dyno-hours
 */
function checkDynos({ config, owned, team }: HerokuAnswers): Verdict {
  const { dynoSize, herokuTeam: name, herokuApp } = config;
  if (dynoSize === "Eco" && name !== undefined) {
    return problem({
      found: `Eco, with mlops:herokuTeam ${name}`,
      allowed: "Basic or larger: Heroku has Eco dynos for apps of one's own alone, not for teams",
      fix: setCommand("mlops:dynoSize", "Basic"),
    });
  }
  if (owned.apps.includes(herokuApp)) return ok(`${dynoSize}; the app is there`);
  if (dynoSize === "Eco") {
    return warning({
      found: "Eco; Heroku's API does not tell whether the account has subscribed to Eco dynos",
      allowed: "a subscription to Eco dynos, or a size that needs none",
      fix: `subscribe: ${billingPage}, or ${setCommand("mlops:dynoSize", "Basic")}`,
    });
  }
  if (dynoSize === "Basic" && bodyOf<Team>(team)?.type === "enterprise") {
    return warning({
      found: `Basic, with ${name}, a team of Heroku Enterprise; not every contract has Basic dynos`,
      allowed: "a size that the contract has",
      fix: setCommand("mlops:dynoSize", "Standard-1X"),
    });
  }
  return ok(`${dynoSize} needs none`);
}
