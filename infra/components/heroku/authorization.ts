import * as pulumi from "@pulumi/pulumi";
import { generationDescription, generationName, newest } from "../../../lib/credentials/generations.ts";
import { authorizationProgram } from "../../../lib/heroku/authorization.ts";
import type { Account } from "../../../lib/http/account.ts";
import { wordsFor } from "../../../lib/kinds/kinds.ts";
import { programLine } from "../../../lib/kinds/programs.ts";
import { types } from "../../../lib/pulumi/types.ts";
import { warnOfExpiry } from "../expiry-warning.ts";
import { marked } from "../mark.ts";
import { ProgramCommand } from "../program-command.ts";

export interface HerokuAuthorizationArgs {
  account: Account;
  /** Path of the project whose pipelines use it. */
  user: string;
  scopes: readonly string[];
  expiryDays: number;
  /** Generations of the authorization that exist; the last one is in use. */
  generations: readonly number[];
}

/** Days before an authorization's end at which the warnings begin. */
export function herokuWarningDays(expiryDays: number): number {
  return Math.min(30, Math.floor(expiryDays / 3));
}

/** An authorization's description in Heroku. */
export function authorizationDescription(user: string, generation: number): string {
  return generationDescription(`Pipelines of ${user}`, generation);
}

/** What reports call it. */
export function authorizationWords(user: string, generation: number): string {
  const environment = { DESCRIPTION: authorizationDescription(user, generation) };
  return wordsFor(types.command, { create: programLine(authorizationProgram, "create"), environment });
}

/**
 * A Heroku OAuth authorization that has an end, and no more scope than it needs. A change makes a new one, hands it
 * to those who use it, and only then revokes the old one.
 */
export class HerokuAuthorization extends pulumi.ComponentResource {
  /** The bearer token: a secret. */
  readonly token: pulumi.Output<string>;

  constructor(name: string, args: HerokuAuthorizationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:HerokuAuthorization", name, {}, opts);
    const { account, user, scopes, expiryDays } = args;
    const command = newest(
      args.generations,
      (generation) =>
        new ProgramCommand(
          generationName(name, generation),
          {
            program: authorizationProgram,
            create: "create",
            update: "update",
            delete: "delete",
            environment: {
              HEROKU_API_URL: account.url,
              HEROKU_API_KEY: pulumi.secret(account.token),
              DESCRIPTION: marked(authorizationDescription(user, generation)),
              SCOPES: scopes.join(","),
              EXPIRY_DAYS: String(expiryDays),
            },
            triggers: [scopes.join(","), expiryDays],
          },
          {
            parent: this,
            // Heroku has no call that changes it: one that was made before descriptions had the stack's mark keeps its own.
            ignoreChanges: ["environment.DESCRIPTION"],
          },
        ),
    );
    this.token = command.result("token");
    // The date is not a secret, but the program's output is one as a whole.
    const end = pulumi.unsecret(command.result("expiresAt"));
    const what = authorizationWords(user, args.generations.at(-1) ?? 1);
    warnOfExpiry(command, what, "heroku", end, herokuWarningDays(expiryDays));
    this.registerOutputs();
  }
}
