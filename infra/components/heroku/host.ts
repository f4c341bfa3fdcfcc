import * as heroku from "@pulumi/heroku";
import type * as pulumi from "@pulumi/pulumi";
import type { Account } from "../../../lib/http/account.ts";
import type { HostOf } from "../host.ts";
import { HerokuAuthorization } from "./authorization.ts";
import { HerokuRelease } from "./release.ts";

export interface HerokuHostArgs {
  account: Account;
  /** Host name of the container registry, with its port where it has one. */
  registry: string;
  /** Name of the app. */
  app: pulumi.Input<string>;
  region: pulumi.Input<string>;
  /** Team that owns the app; the account itself where left out. */
  team?: pulumi.Input<string> | undefined;
  dynoSize: pulumi.Input<string>;
  dynoQuantity: pulumi.Input<number>;
  /** What the pipelines' authorization may do, and the days that it lives. */
  tokenScopes: readonly string[];
  tokenExpiryDays: number;
  /** Generations of the authorization that exist; the last one is in use. */
  tokenGenerations: readonly number[];
}

/** Heroku as the host: an app on the container stack, with images from Heroku's own registry. */
export function herokuHost(args: HerokuHostArgs): HostOf {
  const { account, registry, team } = args;
  return (name, options) => {
    const app = new heroku.app.App(
      name,
      {
        name: args.app,
        region: args.region,
        stack: "container",
        ...(team !== undefined && { organization: { name: team } }),
      },
      options,
    );
    return {
      name: "Heroku",
      id: app.id,
      url: app.webUrl,
      allowDeployments(project, options) {
        const { token } = new HerokuAuthorization(
          `${name}-deploy`,
          {
            account,
            user: project,
            scopes: args.tokenScopes,
            expiryDays: args.tokenExpiryDays,
            generations: args.tokenGenerations,
          },
          options,
        );
        return {
          variables: {
            HEROKU_API_KEY: { value: token, credential: true, description: "Deploys to Heroku" },
            HEROKU_APP: { value: app.name, description: "App that the deploy job releases" },
            HEROKU_API_URL: { value: account.url, description: "Heroku's Platform API" },
            HEROKU_REGISTRY: { value: registry, description: "Heroku's container registry" },
          },
          release(source, options) {
            new HerokuRelease(
              name,
              {
                app,
                source,
                apiUrl: account.url,
                token,
                registry,
                dynoSize: args.dynoSize,
                dynoQuantity: args.dynoQuantity,
              },
              options,
            );
          },
        };
      },
    };
  };
}
