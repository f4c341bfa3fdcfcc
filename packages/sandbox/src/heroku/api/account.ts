import type { FastifyInstance } from "fastify";
import type { Platform } from "../platform.ts";
import { notFound } from "./errors.ts";

/** https://devcenter.heroku.com/articles/platform-api-reference#account */
export function accountRoutes(api: FastifyInstance, platform: Platform): void {
  function serialize(id: string) {
    const account = platform.store.data.accounts[id];
    if (account === undefined) throw notFound("account");
    return {
      allow_tracking: false,
      beta: false,
      country_of_residence: null,
      created_at: account.createdAt,
      default_organization: null,
      default_team: null,
      delinquent_at: null,
      email: account.email,
      federated: false,
      id: account.id,
      identity_provider: null,
      last_login: null,
      name: account.name,
      sms_number: null,
      suspended_at: null,
      two_factor_authentication: false,
      updated_at: account.updatedAt,
      verified: true,
    };
  }

  api.get("/account", { config: { scope: "identity" } }, async (request) =>
    serialize(request.authorization.accountId),
  );
}
