import type { Exception } from "./exceptions.ts";
import { gitlabDifferences } from "./known-differences-gitlab.ts";

const reference = "https://devcenter.heroku.com/articles/platform-api-reference";
const containers = "https://devcenter.heroku.com/articles/container-registry-and-runtime#api";

const herokuDifferences: readonly Exception[] = [
  {
    service: "heroku",
    operations: ["POST /oauth/authorizations"],
    kind: "parameter",
    at: "request .scope",
    source: "https://devcenter.heroku.com/articles/oauth#scopes",
    reason: "the command line leaves it out where none is asked for, and gets all",
  },
  {
    service: "heroku",
    operations: [
      "GET /apps/:app/formation",
      "GET /apps/:app/formation/:type",
      "PATCH /apps/:app/formation",
      "PATCH /apps/:app/formation/:type",
    ],
    kind: "unknown",
    at: /^20\d \.docker_image$/,
    source: containers,
    reason:
      "the image of a process type is in variant docker-releases of the API, which the schema leaves out",
  },
  {
    service: "heroku",
    operations: ["PATCH /apps/:app/formation", "PATCH /apps/:app/formation/:type"],
    kind: "parameter",
    at: /\.docker_image$/,
    source: containers,
    reason: "an image is released by variant docker-releases of the API, which the schema leaves out",
  },
  {
    service: "heroku",
    operations: ["PATCH /apps/:app/formation", "PATCH /apps/:app/formation/:type"],
    kind: "parameter",
    at: /\.size$/,
    source: "https://github.com/heroku/heroku-go/blob/v5/v5/heroku.go, FormationUpdateOpts",
    reason: "the official provider and the command line send the size by its older name",
  },
  {
    service: "heroku",
    operations: ["POST /apps/:app/log-sessions"],
    kind: "parameter",
    at: "request .dyno",
    source: "https://github.com/heroku/cli/blob/main/src/lib/run/log-displayer.ts",
    reason: "the command line sends the dyno by its older name",
  },
  {
    service: "heroku",
    operations: ["GET /apps/:app/buildpack-installations", "PUT /apps/:app/buildpack-installations"],
    kind: "undescribed",
    at: "",
    source: `${reference}#buildpack-installations`,
    reason: "in the reference, and not in the schema",
  },
  {
    service: "heroku",
    operations: ["POST /apps/:app/webhooks", "DELETE /apps/:app/webhooks/:webhook"],
    kind: "undescribed",
    at: /^20[01]$/,
    source: `${reference}#app-webhook`,
    reason: "the schema names a form that it does not have",
  },
];

/** In what the sandbox differs from the services' descriptions, and why that stays. */
export const knownDifferences: readonly Exception[] = [...herokuDifferences, ...gitlabDifferences];
