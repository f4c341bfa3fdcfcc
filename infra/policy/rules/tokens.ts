/** Tokens: no more scope than their use, and an end. */

import { makesAuthorization } from "../../../lib/heroku/authorization.ts";
import { types } from "../../../lib/pulumi/types.ts";
import type { Problem } from "../../../lib/text/problem.ts";
import { ofType, type ResourceRule } from "../rule.ts";
import { listIn, objectIn, shown, UNKNOWN } from "../values.ts";

/** Days that a token may live: GitLab's own limit. https://docs.gitlab.com/user/project/settings/project_access_tokens/ */
const longestLife = 365;
const dayMs = 24 * 60 * 60 * 1000;

const projectAccessToken = ofType(types.gitlab.projectAccessToken);

/** Expiry of project access tokens; `now` is the time that a date is compared with. */
export function accessTokenExpiry(now: () => Date): ResourceRule {
  return {
    name: "access-token-expiry",
    description: "Project access tokens expire.",
    about: projectAccessToken,
    check({ name, inputs }) {
      const violation = (found: string): Problem[] => [
        {
          found: `token ${name}: ${found}`,
          allowed: `an end at most ${longestLife} days away`,
          fix: "pulumi config set mlops:accessTokenExpiryDays 90; then, for a token that exists, npm run rotate",
        },
      ];
      if (inputs.rotationConfiguration === UNKNOWN || inputs.expiresAt === UNKNOWN) return [];
      if (inputs.rotationConfiguration !== undefined) {
        const days = objectIn(inputs, "rotationConfiguration").expirationDays;
        return days === UNKNOWN || isLife(days) ? [] : violation(`life in days: ${shown(days)}`);
      }
      if (inputs.expiresAt === undefined) return violation("never expires");
      const days = (Date.parse(String(inputs.expiresAt)) - now().getTime()) / dayMs;
      return days <= longestLife ? [] : violation(`expires at ${shown(inputs.expiresAt)}`);
    },
  };
}

function isLife(days: unknown): boolean {
  const number = typeof days === "string" ? Number(days) : days;
  return typeof number === "number" && number >= 1 && number <= longestLife;
}

/** What the stack's project access tokens are for: pushing. */
const accessTokenScopes = ["write_repository"];
const accessTokenLevels = ["guest", "planner", "reporter", "developer", "maintainer"];

const accessTokenScope: ResourceRule = {
  name: "access-token-scope",
  description: "Project access tokens can push, and nothing else.",
  about: projectAccessToken,
  check({ name, inputs }) {
    const violations: Problem[] = [];
    const wide = listIn(inputs, "scopes").filter(
      (scope) => scope !== UNKNOWN && !accessTokenScopes.includes(String(scope)),
    );
    if (wide.length > 0) {
      violations.push({
        found: `token ${name}: scopes ${wide.map(String).join(", ")}`,
        allowed: accessTokenScopes.join(", "),
        fix: "take the other scopes away (infra/components/gitlab/write-access.ts)",
      });
    }
    const level = inputs.accessLevel;
    // Left out it is a maintainer.
    if (level !== undefined && level !== UNKNOWN && !accessTokenLevels.includes(String(level))) {
      violations.push({
        found: `token ${name}: access level ${shown(level)}`,
        allowed: "maintainer at most, the least role that pushes to a protected branch",
        fix: "pulumi config set mlops:branchPushAccessLevel maintainer",
      });
    }
    return violations;
  },
};

/** Deploy keys that push; `now` is the time that their end is compared with. */
export function deployKeyExpiry(now: () => Date): ResourceRule {
  return {
    name: "deploy-key-expiry",
    description: "Deploy keys that may push expire.",
    about: ofType(types.gitlab.deployKey),
    check({ inputs: { title, canPush, expiresAt } }) {
      if (canPush !== true && canPush !== UNKNOWN) return [];
      if (expiresAt === UNKNOWN) return [];
      const days = (Date.parse(String(expiresAt)) - now().getTime()) / dayMs;
      if (days <= longestLife) return [];
      const found = expiresAt === undefined ? "never expires" : `expires at ${shown(expiresAt)}`;
      return [
        {
          found: `deploy key ${shown(title)}: ${found}`,
          allowed: `an end at most ${longestLife} days away`,
          fix: "pulumi config set mlops:accessTokenExpiryDays 90; then, for a key that exists, npm run rotate",
        },
      ];
    },
  };
}

const runnerScope: ResourceRule = {
  name: "runner-scope",
  description: "A runner of the stack takes the jobs of its own project alone.",
  about: ofType(types.gitlab.userRunner),
  check({ name, inputs: { runnerType, locked } }) {
    const wrong = [
      ...(runnerType === "project_type" || runnerType === UNKNOWN ? [] : [`runnerType ${shown(runnerType)}`]),
      ...(locked === true || locked === UNKNOWN ? [] : [`locked ${shown(locked)}`]),
    ];
    if (wrong.length === 0) return [];
    return [
      {
        found: `runner ${name}: ${wrong.join(", ")}`,
        allowed: "runnerType project_type and locked true: nobody else's jobs run beside the credentials",
        fix: "set both (infra/components/gitlab/project.ts)",
      },
    ];
  },
};

/** https://devcenter.heroku.com/articles/oauth#scopes */
const herokuScopes = ["identity", "read", "write", "read-protected", "write-protected"];

const herokuAuthorization: ResourceRule = {
  name: "heroku-authorization",
  description: "The pipelines' Heroku authorization is scoped and expires.",
  about: ofType(types.command),
  check({ inputs }) {
    if (!makesAuthorization(inputs.create)) return [];
    const { SCOPES: scopes, EXPIRY_DAYS: days } = objectIn(inputs, "environment");
    const violations: Problem[] = [];
    const given = typeof scopes === "string" ? scopes.split(",") : [];
    if (scopes !== UNKNOWN && (given.length === 0 || given.some((scope) => !herokuScopes.includes(scope)))) {
      violations.push({
        found: `scopes ${shown(scopes)}`,
        allowed: `some of ${herokuScopes.join(", ")}; global is the account and everything in it`,
        fix: "pulumi config rm mlops:herokuTokenScopes",
      });
    }
    if (days !== UNKNOWN && !isLife(days)) {
      violations.push({
        found: `life in days: ${shown(days)}`,
        allowed: `1 to ${longestLife} days`,
        fix: `pulumi config set mlops:herokuTokenExpiryDays ${longestLife}`,
      });
    }
    return violations;
  },
};

export const tokenRules: readonly ResourceRule[] = [
  accessTokenExpiry(() => new Date()),
  accessTokenScope,
  deployKeyExpiry(() => new Date()),
  runnerScope,
  herokuAuthorization,
];
