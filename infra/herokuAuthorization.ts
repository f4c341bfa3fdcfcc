import * as pulumi from "@pulumi/pulumi";
import type { Account } from "./config.ts";
import { ProgramCommand } from "./programCommand.ts";

export interface HerokuAuthorizationArgs {
  account: Account;
  description: string;
  scopes: readonly string[];
  expiryDays: number;
}

/**
 * A Heroku OAuth authorization with no more scope than its use and an end. A change makes a new one, hands it to
 * whoever uses it, and only then revokes the old one.
 */
export class HerokuAuthorization extends pulumi.ComponentResource {
  /** The bearer token: a secret. */
  readonly token: pulumi.Output<string>;

  constructor(name: string, args: HerokuAuthorizationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:HerokuAuthorization", name, {}, opts);
    const { account, description, scopes, expiryDays } = args;
    const command = new ProgramCommand(
      name,
      {
        program: "heroku-authorization",
        create: "create",
        update: "update",
        delete: "delete",
        environment: {
          HEROKU_API_URL: account.url,
          HEROKU_API_KEY: pulumi.secret(account.token),
          DESCRIPTION: description,
          SCOPES: scopes.join(","),
          EXPIRY_DAYS: String(expiryDays),
        },
        triggers: [scopes.join(","), expiryDays],
      },
      { parent: this },
    );
    this.token = command.result("token");
    this.registerOutputs();
  }
}
