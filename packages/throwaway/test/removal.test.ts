import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Ledger, openLedger } from "../src/accounts/ledger.ts";
import { type Accounts, removeAll } from "../src/accounts/removal.ts";

const endings: Array<() => unknown> = [];
let ledger: Ledger;
beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "removal-"));
  ledger = openLedger(path.join(folder, "ledger.jsonl"));
  endings.push(
    () => rm(folder, { recursive: true }),
    () => ledger.close(),
  );
});
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Answers by method and path; what was asked is in the list. */
async function accounts(
  answer: (asked: string) => { status: number; body?: unknown },
): Promise<{ accounts: Accounts; asked: string[] }> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    const words = `${request.method} ${request.url}`;
    asked.push(words);
    const { status, body } = answer(words);
    response.writeHead(status).end(body === undefined ? "" : JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endings.push(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { GITLAB_TOKEN: "g", HEROKU_API_KEY: "h" };
  return {
    asked,
    accounts: { gitlabUrl: url, herokuUrl: url, namespace: "ml", credentials, patienceMs: 1500 },
  };
}

describe("removal by the ledger", () => {
  it("removes a project that GitLab first only marks for deletion, for good", async () => {
    let project:
      | { id: number; path_with_namespace: string; marked_for_deletion_on: string | null }
      | undefined = { id: 3, path_with_namespace: "ml/m", marked_for_deletion_on: null };
    const { accounts: here, asked } = await accounts((words) => {
      if (words.startsWith("GET")) return project ? { status: 200, body: project } : { status: 404 };
      if (words.includes("permanently_remove=true")) project = undefined;
      else if (project) {
        project.path_with_namespace = "ml/m-deletion_scheduled-3";
        project.marked_for_deletion_on = "2026-12-01";
      }
      return { status: 202 };
    });
    const number = ledger.ask({ service: "gitlab", kind: "project", name: "m" });
    ledger.created(number, "3");
    expect(await removeAll(ledger, here, () => {})).toEqual([]);
    expect(asked).toContain(
      "DELETE /projects/3?permanently_remove=true&full_path=ml%2Fm-deletion_scheduled-3",
    );
    expect(ledger.entries()[0]?.state).toBe("removed");
  });

  it("finds what was asked for and never answered, by its name", async () => {
    const there = new Set(["/projects/ml%2Fm", "/apps/a", "/oauth/authorizations/9"]);
    const authorizations = () => [
      ...(there.has("/oauth/authorizations/9") ? [{ id: "9", description: "d" }] : []),
      { id: "1", description: "somebody else's" },
    ];
    const { accounts: here, asked } = await accounts((words) => {
      const [method = "", at = ""] = words.split(" ");
      if (method === "DELETE") there.delete(at === "/projects/3" ? "/projects/ml%2Fm" : at);
      if (at === "/oauth/authorizations") return { status: 200, body: authorizations() };
      return there.has(at) ? { status: 200, body: { id: 3, path_with_namespace: "ml/m" } } : { status: 404 };
    });
    ledger.ask({ service: "gitlab", kind: "project", name: "m" });
    ledger.ask({ service: "heroku", kind: "app", name: "a" });
    ledger.ask({ service: "heroku", kind: "authorization", name: "d" });
    ledger.ask({ service: "gitlab", kind: "variables", name: "K", within: "projects/3" });
    ledger.refused(ledger.ask({ service: "heroku", kind: "app", name: "taken" }), 422);
    expect(await removeAll(ledger, here, () => {})).toEqual([]);
    expect([...there]).toEqual([]);
    expect(asked.join()).not.toMatch(/taken|authorizations\/1\b/);
  });

  it("goes on where one cannot be removed, and says what is left and why", async () => {
    const { accounts: here } = await accounts((words) => {
      if (words === "DELETE /apps/stuck") return { status: 403, body: { message: "canary" } };
      return words === "GET /apps/stuck" ? { status: 200, body: {} } : { status: 404 };
    });
    ledger.ask({ service: "heroku", kind: "app", name: "gone" });
    ledger.ask({ service: "heroku", kind: "app", name: "stuck" });
    ledger.ask({ service: "gitlab", kind: "unheard/of", name: "" });
    const lines: string[] = [];
    const left = await removeAll(ledger, here, (line) => lines.push(line));
    expect(left.map(({ reason }) => reason)).toEqual([
      "nobody has said here how this is removed",
      "Heroku answered 403 to DELETE /apps/stuck",
    ]);
    expect(lines.at(-1)).toBe("heroku app gone: gone");
    expect(ledger.entries().map(({ state }) => state)).toEqual(["removed", "asked", "asked"]);
  });
});
