/** Which occasion meets which fault. */
import { describe, expect, test } from "vitest";
import { createFaults, type FaultyRequest } from "../../src/core/faults/faults.ts";
import { pathMatcher } from "../../src/core/faults/path-pattern.ts";
import type { FaultInput } from "../../src/core/faults/rules.ts";

const request = (method: string, path: string, more: Partial<FaultyRequest> = {}): FaultyRequest => ({
  service: "gitlab",
  method,
  path,
  hasBody: method !== "GET",
  ...more,
});

/** What each of the requests meets. */
function met(given: FaultInput[], requests: FaultyRequest[]) {
  const faults = createFaults();
  for (const one of given) faults.add(one);
  return requests.map((one) => faults.ofRequest(one)?.fault);
}

const post = request("POST", "/projects");

describe("a request", () => {
  test("meets a fault of its service, method and path, once", () => {
    const fault: FaultInput = { fault: "503", service: "gitlab", method: "POST", path: "/projects" };
    const others = [
      request("GET", "/projects"),
      request("POST", "/projects/1/variables"),
      { ...post, service: "heroku" as const },
    ];
    expect(met([fault], [...others, post, post])).toEqual([
      undefined,
      undefined,
      undefined,
      "503",
      undefined,
    ]);
  });

  test("meets any of its service where no more is said", () => {
    expect(met([{ fault: "500", service: "gitlab" }], [request("GET", "/anything")])).toEqual(["500"]);
  });

  test.each<[string, Pick<FaultInput, "nth" | "times">, string]>([
    ["the third alone", { nth: 3 }, "--x--"],
    ["two from the second on", { nth: 2, times: 2 }, "-xx--"],
    ["all", { times: "always" }, "xxxxx"],
    ["all from the fourth on", { nth: 4, times: "always" }, "---xx"],
  ])("%s", (_name, which, expected) => {
    const all = met([{ fault: "reset-before", service: "gitlab", ...which }], Array(5).fill(post));
    expect(all.map((fault) => (fault === undefined ? "-" : "x")).join("")).toBe(expected);
  });

  test("that two faults are due for meets the first; both have counted it", () => {
    const service = "gitlab" as const;
    const both: FaultInput[] = [
      { fault: "502", service },
      { fault: "truncated", service, nth: 2 },
    ];
    expect(met(both, [post, post])).toEqual(["502", "truncated"]);
  });

  test("meets a fault of uploads when it uploads a part of a blob", () => {
    const service = "heroku-registry" as const;
    const path = "/v2/app/web/blobs/uploads/1";
    const requests = [
      request("POST", path, { service, hasBody: false }),
      request("PUT", path, { service, hasBody: false }),
      request("PATCH", path, { service }),
      request("PUT", path, { service }),
    ];
    const fault: FaultInput = { fault: "registry-upload", service, times: "always" };
    expect(met([fault], requests)).toEqual([undefined, undefined, "registry-upload", "registry-upload"]);
  });
});

test.each([
  ["/projects", "/projects", "/projects/1"],
  ["/projects/:id/variables", "/projects/root%2Fmlserver/variables", "/projects/1/variables/KEY"],
  ["/projects/*/variables/*", "/projects/1/variables/KEY", "/projects/1/variables/"],
  ["/projects/**", "/projects/1/protected_tags/v*", "/groups/1"],
  ["/**/git-receive-pack", "/root/mlserver.git/git-receive-pack", "/root/mlserver.git/info/refs"],
  ["/apps/a.b", "/apps/a.b", "/apps/aXb"],
])("path %s is %s and not %s", (pattern, path, other) => {
  expect([path, other].map(pathMatcher(pattern))).toEqual([true, false]);
});

test("what was hit is told, and a fault can be taken back", () => {
  const faults = createFaults();
  expect(faults.active).toBe(false);
  const first = faults.add({ fault: "slow", seconds: 0, service: "gitlab", times: "always" });
  const second = faults.add({ fault: "dyno-crash", app: "mlserver" });
  faults.ofRequest(post);
  faults.ofRequest(request("GET", "/user"));
  expect(faults.ofDyno("another", "web.1")).toBeUndefined();
  expect(faults.ofDyno("mlserver", "web.1")?.fault).toBe("dyno-crash");
  expect(faults.list()).toMatchObject([
    { id: first, fault: "slow", matched: 2, hits: ["POST /projects", "GET /user"] },
    { id: second, fault: "dyno-crash", nth: 1, times: 1, matched: 1, hits: ["mlserver web.1"] },
  ]);
  expect([faults.clear(first), faults.clear(first)]).toEqual([true, false]);
  expect(faults.list().map(({ id }) => id)).toEqual([second]);
  faults.clear();
  expect(faults.active).toBe(false);
});

test("a job meets the fault of its project and name", () => {
  const faults = createFaults();
  faults.add({ fault: "runner-dies", project: "root/mlserver", job: "deploy_heroku", line: "pushing" });
  expect(faults.ofJob("root/iris", "deploy_heroku")).toBeUndefined();
  expect(faults.ofJob("root/mlserver", "build")).toBeUndefined();
  expect(faults.ofJob("root/mlserver", "deploy_heroku")).toMatchObject({ line: "pushing" });
});

test("a full disk is full until it is told otherwise, for the service that it is told of", () => {
  const faults = createFaults();
  const id = faults.add({ fault: "disk-full", service: "gitlab" });
  for (let write = 0; write < 3; write++) expect(() => faults.beforeWrite("gitlab")).toThrow("ENOSPC");
  faults.beforeWrite("heroku");
  faults.clear(id);
  faults.beforeWrite("gitlab");
});

test.each([
  [{ fault: "504", service: "gitlab" }, "Expected '500' | '502'"],
  [{ fault: "503" }, "at service"],
  [{ fault: "503", service: "registry" }, '"gitlab-registry"'],
  [{ fault: "slow", service: "gitlab" }, "at seconds"],
  [{ fault: "503", service: "gitlab", method: "post" }, "in capitals"],
  [{ fault: "503", service: "gitlab", path: "projects" }, "at path"],
  [{ fault: "503", service: "gitlab", nth: 0 }, "at nth"],
  [{ fault: "503", service: "gitlab", app: "x" }, 'Unrecognized key: "app"'],
  [{ fault: "disk-full", service: "git" }, "at service"],
])("%j is refused, with what is wrong", (given, reason) => {
  const faults = createFaults();
  expect(() => faults.add(given)).toThrow(reason);
  expect(faults.active).toBe(false);
});
