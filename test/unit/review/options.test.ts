/** Command lines of the review, and what of an update's its preview takes over. */
import { describe, expect, it } from "vitest";
import { previewOptions, readOptions, UsageError } from "../../../operations/review/options.ts";

describe("npm run review --", () => {
  it.each<[string, ReturnType<typeof readOptions>]>([
    ["", { format: "text", output: undefined, approve: undefined, help: false, forwarded: [] }],
    ["--format json", { format: "json", output: undefined, approve: undefined, help: false, forwarded: [] }],
    [
      "--format=markdown --output r.md --approve",
      { format: "markdown", output: "r.md", approve: "", help: false, forwarded: [] },
    ],
    [
      "-s dev --approve --target urn:a --refresh --config=a:b=c",
      {
        format: "text",
        output: undefined,
        approve: "",
        help: false,
        forwarded: ["-s", "dev", "--target", "urn:a", "--refresh", "--config=a:b=c"],
      },
    ],
  ])("%s", (line, options) => {
    expect(readOptions(line.split(" ").filter((word) => word !== ""))).toEqual(options);
  });

  it.each([
    ["--yes", "unknown option --yes"],
    ["up", "unknown option up"],
    ["--format", "--format needs a value"],
    ["--format pdf", "--format pdf: allowed are text, json, markdown"],
    ["--target", "--target needs a value"],
    ["--approve=maybe", "--approve=maybe: the fingerprint that a review shows is needed, or none"],
  ])("%s is bad usage", (line, message) => {
    expect(() => readOptions(line.split(" "))).toThrow(new UsageError(message));
  });
});

describe("the preview of a pulumi", () => {
  it.each([
    ["up", []],
    ["up --yes --skip-preview", []],
    ["update -yf", []],
    ["up -y -m message --color never --stack dev", ["--stack", "dev"]],
    ["up --message=text --plan file --json", []],
    [
      "up --target urn:a --target-dependents -t urn:b --exclude urn:c",
      ["--target", "urn:a", "--target-dependents", "-t", "urn:b", "--exclude", "urn:c"],
    ],
    ["up -yr --replace urn:a", ["-r", "--replace", "urn:a"]],
    [
      "up --refresh=false -c a=b --config-path --parallel 4",
      ["--refresh=false", "-c", "a=b", "--config-path", "--parallel", "4"],
    ],
    ["-s dev up", ["-s", "dev"]],
    ["-s up up", ["-s", "up"]],
    ["up --what-is-new", ["--what-is-new"]],
    ["up https://example.com/template", ["https://example.com/template"]],
  ])("%s", (line, kept) => {
    expect(previewOptions(line.split(" "))).toEqual(kept);
  });
});
