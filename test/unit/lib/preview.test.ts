import { describe, expect, it } from "vitest";
import { errorsIn, readDigest, refusalsIn, type Step, wholeSteps } from "../../../lib/pulumi/preview.ts";

describe("what Pulumi prints", () => {
  it("is read as far as it is used, whatever else is in it", () => {
    const printed = {
      config: { "mlops:herokuApp": "app" },
      steps: [
        {
          op: "create",
          urn: "urn:a",
          newState: { type: "t", inputs: { a: [1, null, "x"] }, modified: "now" },
        },
      ],
      diagnostics: [
        { message: "no", severity: "error" },
        { urn: "urn:a", message: "well", severity: "warning" },
      ],
      duration: 12,
    };
    const digest = readDigest(JSON.stringify(printed));
    expect(digest?.steps).toEqual([
      // Of a state everything is: what nobody knows of it has to be told.
      { op: "create", urn: "urn:a", newState: { type: "t", inputs: { a: [1, null, "x"] }, modified: "now" } },
    ]);
    expect(digest && errorsIn(digest)).toEqual([{ message: "no", severity: "error" }]);
  });

  it.each(["", "error: no stack", "[]", '{"steps": 1}', '{"steps": [{"op": "create"}]}'])(
    "is no digest: %j",
    (text) => {
      expect(readDigest(text)).toBeUndefined();
    },
  );

  it("has what mandatory policies refuse in its stream of events alone", () => {
    const event = {
      policyName: "rule",
      message: "found",
      enforcementLevel: "mandatory",
      resourceUrn: "urn:a",
    };
    const stream = [
      { preludeEvent: {} },
      { policyEvent: event },
      { policyEvent: { ...event, enforcementLevel: "advisory" } },
    ];
    expect(refusalsIn(stream.map((line) => JSON.stringify(line)).join("\n"))).toEqual([event]);
  });
});

it("a resource's step as a whole is the last one, without the parts of a replacement", () => {
  const step = (op: string, urn: string): Step => ({ op, urn });
  const steps = ["refresh", "delete-replaced", "replace", "create-replacement"].map((op) => step(op, "a"));
  expect(wholeSteps([...steps, step("same", "b")])).toEqual([step("replace", "a"), step("same", "b")]);
});
