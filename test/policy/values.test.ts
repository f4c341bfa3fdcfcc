import { Secret, unknownCheckingProxy } from "@pulumi/policy";
import { unknownValue } from "@pulumi/pulumi/runtime/rpc.js";
import { expect, it } from "vitest";
import { SECRET, shown, UNKNOWN, valuesOf } from "../../infra/policy/values.ts";

it("marks what is secret and what is not known yet, at any depth, and opens the rest", () => {
  const properties = {
    plain: "text",
    number: 7,
    nothing: null,
    secret: new Secret("canary"),
    secretUnknown: new Secret(unknownValue),
    unknown: unknownValue,
    object: { plain: true, secret: new Secret({ inner: "canary" }), unknown: unknownValue },
    list: ["text", unknownValue, { secret: new Secret("canary") }],
  };
  expect(valuesOf(unknownCheckingProxy(properties))).toEqual({
    plain: "text",
    number: 7,
    nothing: null,
    secret: SECRET,
    secretUnknown: SECRET,
    unknown: UNKNOWN,
    object: { plain: true, secret: SECRET, unknown: UNKNOWN },
    list: ["text", UNKNOWN, { secret: SECRET }],
  });
});

it("shows values as a reader knows them", () => {
  expect([undefined, SECRET, UNKNOWN, "a", 1].map(shown)).toEqual([
    "none",
    "[secret]",
    "(known after up)",
    '"a"',
    "1",
  ]);
});
