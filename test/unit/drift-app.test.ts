/** What drift tells of an app that is not as the stack made it. */
import { describe, expect, it } from "vitest";
import { unmanagedIn } from "../../operations/drift/unmanaged/checks.ts";
import { type Release, rollbackIn } from "../../operations/drift/unmanaged/releases.ts";
import { kept, nothing } from "../support/drift.ts";
import { type Answers, serve } from "../support/server.ts";

describe("an app", () => {
  const app = kept("heroku:app/app:App", "a1", { name: "ml-app" }, { stack: "container" });
  const made = "2026-11-28T00:00:00Z";
  const plain: Answers = {
    "GET /apps/a1": [
      200,
      { stack: { name: "container" }, build_stack: { name: "container" }, acm: false, created_at: made },
    ],
    "GET /apps/a1/config-vars": [200, {}],
    "GET /apps/a1/collaborators": [200, [{ id: "c0", role: "owner", user: { email: "me@example.com" } }]],
    "GET /apps/a1/domains": [200, [{ hostname: "ml-app.herokuapp.com", kind: "heroku" }]],
    "GET /apps/a1/features": [200, [{ name: "preboot", enabled: false }]],
    "GET /apps/a1/webhooks": [200, []],
    "GET /apps/a1/log-drains": [200, []],
    "GET /apps/a1/buildpack-installations": [200, []],
    "GET /apps/a1/releases": [200, []],
    "GET /oauth/authorizations": [
      200,
      [{ id: "old", scope: ["global"], created_at: "2026-01-01T00:00:00Z" }],
    ],
  };
  const look = async (answers: Answers) => {
    const server = await serve({ ...nothing, ...plain, ...answers });
    const account = { url: server.url, token: "HRKU-of-the-look" };
    try {
      return await unmanagedIn([app], { gitlab: account, heroku: account }, ["own"]);
    } finally {
      await server.close();
    }
  };

  it("as the stack made it has nothing to tell", async () => {
    expect(await look({})).toEqual({ unmanaged: [], notes: [] });
  });

  it.each<[string, unknown, string, string]>([
    [
      "/apps/a1/collaborators",
      [
        {
          id: "c1",
          role: "collaborator",
          permissions: [{ name: "deploy" }],
          user: { email: "eve@example.com" },
        },
      ],
      "collaborator eve@example.com: has access to the app: deploy",
      "DELETE /apps/a1/collaborators/c1",
    ],
    [
      "/apps/a1/domains",
      [{ hostname: "eve.example", kind: "custom" }],
      "domain eve.example: reaches the app by a name of somebody's",
      "DELETE /apps/a1/domains/eve.example",
    ],
    [
      "/apps/a1/features",
      [{ name: "preboot", enabled: true, display_name: "Preboot" }],
      "feature preboot: off -> on (Preboot)",
      "PATCH /apps/a1/features/preboot",
    ],
    [
      "/apps/a1/webhooks",
      [{ id: "w1", url: "https://eve.example/x?canary", include: ["api:release"] }],
      "webhook w1 (eve.example): tells eve.example of api:release",
      "DELETE /apps/a1/webhooks/w1",
    ],
    [
      "/apps/a1/log-drains",
      [{ id: "d1", url: "syslog+tls://eve:canary@eve.example:6514" }],
      "log drain d1 (eve.example:6514): sends the app's logs to eve.example:6514",
      "DELETE /apps/a1/log-drains/d1",
    ],
    [
      "/apps/a1/buildpack-installations",
      [{ buildpack: { url: "https://eve.example/pack.tgz" } }],
      `setting "buildpacks": none -> https://eve.example/pack.tgz (they build what is pushed to Heroku's git)`,
      "PUT /apps/a1/buildpack-installations",
    ],
    [
      "/apps/a1",
      { build_stack: { name: "container" }, maintenance: true, created_at: made },
      'setting "maintenance": off -> on: nobody reaches the models',
      "PATCH /apps/a1",
    ],
    [
      "/oauth/authorizations",
      [
        { id: "own", scope: ["write-protected"], created_at: "2026-11-29T00:00:00Z" },
        { id: "new", description: "by hand", scope: ["global"], created_at: "2026-11-29T00:00:00Z" },
      ],
      "Heroku authorization new (by hand): opens all apps of the account with global, without an end",
      "DELETE /oauth/authorizations/new",
    ],
  ])("tells of %s", async (path, body, words, undo) => {
    const { unmanaged } = await look({ [`GET ${path}`]: [200, body] });
    expect(unmanaged.map((one) => `${one.noun} ${one.name}: ${one.effect}`)).toEqual([words]);
    expect(unmanaged.map((one) => `${one.undo?.method} ${one.undo?.path}`)).toEqual([undo]);
    expect(JSON.stringify(unmanaged)).not.toContain("canary");
  });

  it("says what an account may not read", async () => {
    const { notes } = await look({ "GET /apps/a1/log-drains": [403, { id: "forbidden", message: "No." }] });
    expect(notes).toEqual(["not checked: log drains of ml-app: Heroku answered 403 forbidden: No."]);
  });
});

const release = (version: number, description: string, status = "succeeded"): Release => ({
  id: `r${version}`,
  version,
  description,
  status,
  created_at: "2026-11-29T00:00:00Z",
  user: { email: "eve@example.com" },
});

it.each<[string, Release[], string | undefined]>([
  ["nothing was released", [release(1, "Initial release")], undefined],
  ["the newest runs", [release(3, "Deployed web (a)"), release(4, "Deployed web (b)")], undefined],
  [
    "an older one runs",
    [release(3, "Deployed web (a)"), release(4, "Deployed web (b)"), release(5, "Rollback to v3")],
    "3 instead of 4 by 5",
  ],
  [
    "config vars were set afterwards",
    [
      release(3, "Deployed web (a)"),
      release(4, "Deployed web (b)"),
      release(5, "Rollback to v3"),
      release(6, "Set A config vars"),
    ],
    "3 instead of 4 by 5",
  ],
  [
    "it went forward again",
    [
      release(3, "Deployed web (a)"),
      release(4, "Deployed web (b)"),
      release(5, "Rollback to v3"),
      release(6, "Rollback to v4"),
    ],
    undefined,
  ],
  [
    "something newer was released",
    [release(3, "Deployed web (a)"), release(4, "Rollback to v3"), release(5, "Deployed web (b)")],
    undefined,
  ],
  [
    "the rollback failed",
    [release(3, "Deployed web (a)"), release(4, "Deployed web (b)"), release(5, "Rollback to v3", "failed")],
    undefined,
  ],
])("a rollback where %s", (_what, releases, expected) => {
  const found = rollbackIn(releases.toReversed());
  expect(found && `${found.runs} instead of ${found.newest.version} by ${found.by.version}`).toBe(expected);
});
