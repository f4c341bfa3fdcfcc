/** Drift made by hand, one kind at a time, and what is to be told of each. */

import { expect } from "vitest";
import { withoutMark } from "../../lib/pulumi/mark.ts";
import type { AttributeDrift } from "../../operations/drift/resources.ts";
import type { Accounts } from "../support/accounts.ts";

export const SERVER = "root/mlserver";
export const IRIS = "root/iris-decision-tree";
export const PRODUCTS = "root/product-classifier";
export const APP = "sandbox-mlserver";
/** Values that the drift brings in; no report may show them. */
export const CANARIES = ["canary-value-by-hand-1", "canary-value-by-hand-2"] as const;

/** One hand-made change and what is to be told of it. */
export interface Case {
  what: string;
  make(accounts: Accounts): Promise<unknown>;
  /** As a report calls it. */
  called: string;
  attributes: Partial<AttributeDrift>[] | "deleted";
}

const changed = (label: string, before: string, after: string) => ({ label, before, after });
const SECRET = changed("value", "[secret]", "another one, not shown");
export const CASES: Case[] = [
  {
    what: "a tag rule deleted",
    make: ({ api }) => api.ProtectedTags.unprotect(SERVER, "v*"),
    called: `tags v* of ${SERVER}`,
    attributes: "deleted",
  },
  {
    what: "a tag rule for Developers",
    async make({ api }) {
      await api.ProtectedTags.unprotect(IRIS, "v*");
      await api.ProtectedTags.protect(IRIS, "v*", { createAccessLevel: 30 });
    },
    called: `tags v* of ${IRIS}`,
    attributes: [changed("who may create", "Maintainers", "Developers")],
  },
  {
    what: "force pushes to the default branch",
    make: ({ api }) => api.ProtectedBranches.edit(SERVER, "main", { allowForcePush: true }),
    called: `branch main of ${SERVER}`,
    attributes: [changed("force push", "refused", "allowed")],
  },
  {
    what: "a default branch that Developers push to",
    async make({ api }) {
      await api.ProtectedBranches.unprotect(IRIS, "main");
      await api.ProtectedBranches.protect(IRIS, "main", { pushAccessLevel: 30, mergeAccessLevel: 40 });
    },
    called: `branch main of ${IRIS}`,
    attributes: [changed("who may push", "Maintainers", "Developers")],
  },
  {
    what: "a default branch without a rule",
    make: ({ api }) => api.ProtectedBranches.unprotect(PRODUCTS, "main"),
    called: `branch main of ${PRODUCTS}`,
    attributes: "deleted",
  },
  {
    what: "a credential that every ref sees",
    make: ({ api }) => edit(api, IRIS, "MLSERVER_REPO", { protected: false }),
    called: `variable MLSERVER_REPO of ${IRIS}`,
    attributes: [changed("who sees it", "pipelines of protected refs", "every pipeline")],
  },
  {
    what: "a credential made anew: open, with another value",
    async make({ api }) {
      await api.ProjectVariables.remove(SERVER, "HEROKU_API_KEY");
      await api.ProjectVariables.create(SERVER, "HEROKU_API_KEY", CANARIES[0], {
        protected: true,
        raw: true,
      });
    },
    called: `variable HEROKU_API_KEY of ${SERVER}`,
    attributes: [
      changed("description", "Deploys to Heroku", "none"),
      changed("hidden in the settings", "yes", "no"),
      changed("masked in job logs", "yes", "no"),
      SECRET,
    ],
  },
  {
    what: "a variable deleted",
    make: ({ api }) => api.ProjectVariables.remove(PRODUCTS, "MLSERVER_REPO"),
    called: `variable MLSERVER_REPO of ${PRODUCTS}`,
    attributes: "deleted",
  },
  {
    what: "an open variable with another value",
    make: ({ api }) => edit(api, SERVER, "DEPLOY_ON", { value: "everyCommit" }),
    called: `variable DEPLOY_ON of ${SERVER}`,
    attributes: [changed("value", "defaultBranch", "everyCommit")],
  },
  {
    what: "an access token revoked",
    make: async ({ api }) => api.ProjectAccessTokens.revoke(SERVER, await tokenOf(api, "iris-decision-tree")),
    called: `access token access-mlserver (Pushes of model project iris-decision-tree) of ${SERVER}`,
    attributes: "deleted",
  },
  {
    what: "the pipelines' Heroku authorization revoked",
    async make({ heroku }) {
      const all = (await heroku("GET", "/oauth/authorizations")) as { id: string; description: string }[];
      const own = all.filter(({ description }) => description.startsWith(`Pipelines of ${SERVER} `));
      expect(own).toHaveLength(1);
      await heroku("DELETE", `/oauth/authorizations/${own[0]?.id}`);
    },
    called: `Heroku authorization Pipelines of ${SERVER}`,
    attributes: "deleted",
  },
  {
    what: "a public project with public job logs",
    make: ({ api }) => api.Projects.edit(PRODUCTS, { visibility: "public", publicJobs: true } as object),
    called: `project ${PRODUCTS}`,
    attributes: [
      changed("job logs readable by all who see the project", "no", "yes"),
      changed("visibility", "private", "public"),
    ],
  },
  {
    what: "other dynos",
    make: ({ heroku }) => heroku("PATCH", `/apps/${APP}/formation/web`, { size: "Standard-1X", quantity: 2 }),
    called: `dynos web of ${APP}`,
    attributes: [changed("quantity", "1", "2"), changed("size", "Basic", "Standard-1X")],
  },
];

/** Changes some of a variable and leaves the rest. */
const edit = (
  api: Accounts["api"],
  project: string,
  key: string,
  options: { protected?: boolean; value?: string },
) =>
  api.ProjectVariables.edit(project, key, options.value as string, {
    ...options,
    filter: { environment_scope: "*" },
  });

async function tokenOf(api: Accounts["api"], model: string): Promise<number> {
  const tokens = await api.ProjectAccessTokens.all(SERVER);
  const found = tokens.find(
    ({ active, description }) => active && withoutMark(String(description)).endsWith(model),
  );
  if (!found) throw new Error(`no token of ${model}`);
  return found.id;
}
