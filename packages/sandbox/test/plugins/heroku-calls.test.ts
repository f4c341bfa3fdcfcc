/** What the stand-in asks of Heroku, call by call, is what the official provider asks (terraform-provider-heroku v5). */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Heroku } from "../../src/plugins/heroku/api.ts";
import { app } from "../../src/plugins/heroku/app.ts";
import { bridged } from "../../src/plugins/heroku/errors.ts";
import { formation } from "../../src/plugins/heroku/formation.ts";
import { type Context, UnfinishedError } from "../../src/plugins/shared/provider.ts";

const ID = "01234567-89ab-cdef-0123-456789abcdef";
const WEB = "76543210-89ab-cdef-0123-456789abcdef";
const context = {} as Context;

interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

let server: Server;
let api: Heroku;
let calls: string[];
let headers: Record<string, string | string[] | undefined>;
/** How the list of releases was asked for. */
let range: string | undefined;
/** Answers by `METHOD /path`, before those of an app that has everything; a list is answered in turn. */
let answers: Record<string, Answer | Answer[]>;

const gone: Answer = { status: 404, body: { id: "not_found", message: "Couldn't find that app." } };
const details = {
  id: ID,
  name: "old",
  acm: false,
  git_url: "",
  web_url: "https://old.herokuapp.com/",
  region: { name: "us" },
  build_stack: { name: "container" },
  internal_routing: null,
};
const usual: Record<string, unknown> = {
  "POST /apps": details,
  "POST /teams/apps": details,
  [`GET /apps/${ID}`]: details,
  [`PATCH /apps/${ID}`]: details,
  [`PATCH /apps/${ID}/config-vars`]: {},
  [`GET /apps/${ID}/config-vars`]: {},
  [`GET /apps/${ID}/buildpack-installations`]: [],
  [`GET /apps/${ID}/releases`]: [{ id: "newest" }],
  [`GET /apps/${ID}/releases/newest`]: { status: "succeeded" },
};

beforeEach(async () => {
  calls = [];
  answers = {};
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const call = `${request.method} ${request.url}`;
    calls.push(body === "" ? call : `${call} ${body}`);
    headers = request.headers;
    if (call === `GET /apps/${ID}/releases`) range = request.headers.range;
    const given = answers[call];
    const answer = Array.isArray(given) ? given.shift() : given;
    const { status = 200, body: said } = answer ?? { body: usual[call] };
    response.writeHead(said === undefined ? 500 : status).end(JSON.stringify(said ?? { message: call }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  api = new Heroku();
  api.configure({ apiKey: "key", url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});
afterEach(() => server.close());

const NEWEST = [`GET /apps/${ID}/releases`, `GET /apps/${ID}/releases/newest`];
const state = { name: "old", region: "us", stack: "container", uuid: ID };

describe("an app", () => {
  test("a new one gets its config vars, also where there are none, and its newest release is waited for", async () => {
    answers[`GET /apps/${ID}/releases/newest`] = [
      { body: { status: "pending" } },
      { body: { status: "succeeded" } },
    ];
    await app(api).create(context, { name: "old", region: "us" });
    expect(calls.slice(0, 5)).toEqual([
      'POST /apps {"name":"old","region":"us"}',
      `PATCH /apps/${ID}/config-vars {}`,
      ...NEWEST,
      `GET /apps/${ID}/releases/newest`,
    ]);
  });

  test("one of a team is made by /teams/apps", async () => {
    await app(api).create(context, { name: "old", region: "us", organization: { name: "ours" } });
    expect(calls[0]).toBe('POST /teams/apps {"name":"old","region":"us","team":"ours"}');
  });

  test("an update always changes the app and its config vars, and waits for the newest release", async () => {
    await app(api).update(context, { id: ID, state, oldInputs: state, inputs: state });
    expect(calls.slice(0, 4)).toEqual([
      `PATCH /apps/${ID} {}`,
      `PATCH /apps/${ID}/config-vars {}`,
      ...NEWEST,
    ]);
    expect(range).toBe("version ..; max=1, order=desc");
  });

  test("an update fails where the newest release has failed", async () => {
    answers[`GET /apps/${ID}/releases/newest`] = { body: { status: "failed" } };
    await expect(
      app(api).update(context, { id: ID, state, oldInputs: state, inputs: state }),
    ).rejects.toThrow("error waiting for new release (newest) to succeed: unexpected state 'failed'");
  });

  test("one that is gone is gone at a refresh, and an error at a delete", async () => {
    answers = { [`GET /apps/${ID}`]: gone, [`DELETE /apps/${ID}`]: gone };
    expect(await app(api).read(context, ID, state, state)).toBeUndefined();
    await expect(bridged(app(api)).delete(context, ID, state)).rejects.toThrow(
      /^sdk-v2\/provider2\.go:515: sdk\.helper_schema: error deleting App: Delete "http:.*": Couldn't find that app\./,
    );
  });

  test("a rename that fails leaves the wished-for name in the state", async () => {
    answers[`PATCH /apps/${ID}`] = {
      status: 422,
      body: { id: "invalid_params", message: "Name is already taken" },
    };
    const inputs = { ...state, name: "taken" };
    const error = await bridged(app(api))
      .update(context, { id: ID, state, oldInputs: state, inputs })
      .catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(UnfinishedError);
    expect((error as UnfinishedError).outputs).toMatchObject({ uuid: ID, name: "taken" });
    expect((error as Error).message).toMatch(/^sdk-v2\/.*: Patch "http:.*": Name is already taken/);
  });

  test.each([
    ["taken from it", { organization: { name: "ours" } }, {}],
    ["given to it", {}, { organization: { name: "ours" } }],
  ])("a team that is %s makes another app", async (_, before, after) => {
    const found = new Map([["organization", { kind: "update" as const, replace: false }]]);
    await app(api).diff?.(
      { id: ID, state: { ...state, ...before }, oldInputs: {}, inputs: { ...state, ...after } },
      found,
    );
    expect(found.get("organization")).toMatchObject({ replace: true });
  });
});

describe("a formation", () => {
  const web = { appId: ID, type: "web", quantity: 1, size: "Basic" };

  test("is read by its UUID", async () => {
    answers[`GET /apps/${ID}/formation/${WEB}`] = {
      body: { id: WEB, type: "web", quantity: 1, size: "standard-1x", app: { id: ID } },
    };
    expect((await formation(api).read(context, WEB, web, web))?.outputs).toMatchObject({
      size: "Standard-1X",
    });
  });

  test("of an app that is gone is an error at a refresh, and nothing at a delete", async () => {
    answers[`GET /apps/${ID}/formation/${WEB}`] = gone;
    await expect(bridged(formation(api)).read(context, WEB, web, web)).rejects.toThrow(
      /^sdk-v2\/.*: error retrieving formation: Get "http:.*": Couldn't find that app\./,
    );
    await formation(api).delete(context, WEB, web);
    expect(calls).toHaveLength(1);
  });
});

test("the key is the password of a user without a name", async () => {
  await api.request("GET", `/apps/${ID}`);
  expect(headers.authorization).toBe(`Basic ${Buffer.from(":key").toString("base64")}`);
  expect(headers.accept).toBe("application/vnd.heroku+json; version=3");
});

test("a rate limit is waited out", async () => {
  const limited = {
    status: 429,
    body: { id: "rate_limit", message: "Your account reached the API rate limit" },
  };
  answers[`GET /apps/${ID}`] = [limited, limited, { body: details }];
  expect(await api.request("GET", `/apps/${ID}`)).toMatchObject({ name: "old" });
  expect(calls).toHaveLength(3);
});
