/** Command lines of the review, and what of an update's its preview takes over. */
import { describe, expect, it } from "vitest";
import { type Options, previewOptions, reviewCommand } from "../../../operations/review/options.ts";

/** What the review is started with by a command line; what it says of bad usage is thrown, not shown. */
async function optionsOf(line: string): Promise<Options | undefined> {
  let read: Options | undefined;
  const program = reviewCommand((options) => {
    read = options;
    return 0;
  }).configureOutput({ writeErr() {} });
  await program.parseAsync(
    line.split(" ").filter((word) => word !== ""),
    { from: "user" },
  );
  return read;
}

const defaults = { approve: undefined, approveAddress: undefined, validHours: 24, destroy: false };

describe("npm run review --", () => {
  it.each<[string, Partial<Options>]>([
    ["", { format: "text", output: undefined, forwarded: [] }],
    ["--format json", { format: "json", output: undefined, forwarded: [] }],
    [
      "--format=markdown --output r.md --approve 0123456789ab",
      { format: "markdown", output: "r.md", approve: "0123456789ab", forwarded: [] },
    ],
    [
      "-s dev --target urn:a --refresh --config=a:b=c",
      {
        format: "text",
        output: undefined,
        forwarded: ["-s", "dev", "--target", "urn:a", "--refresh", "--config=a:b=c"],
      },
    ],
    [
      "--approve=0123456789ab --refresh=false -o r.md",
      { format: "text", output: "r.md", approve: "0123456789ab", forwarded: ["--refresh=false"] },
    ],
    [
      "--destroy --target urn:a --approve 0123456789ab --valid-hours 2",
      {
        destroy: true,
        approve: "0123456789ab",
        validHours: 2,
        format: "text",
        forwarded: ["--target", "urn:a"],
      },
    ],
    [
      "--approve-address heroku:url=https://a.example/?b=c --approve-address mlops:herokuRegistry=r:5000",
      {
        approveAddress: [
          { setting: "heroku:url", address: "https://a.example/?b=c" },
          { setting: "mlops:herokuRegistry", address: "r:5000" },
        ],
        format: "text",
        forwarded: [],
      },
    ],
  ])("%s", async (line, options) => {
    expect(await optionsOf(line)).toEqual({ ...defaults, output: undefined, ...options });
  });

  it.each([
    ["--yes", "unknown option '--yes'"],
    ["up", "unknown argument 'up'"],
    ["--stack dev up", "unknown argument 'up'"],
    ["--format", "option '--format <format>' argument missing"],
    [
      "--format pdf",
      "option '--format <format>' argument 'pdf' is invalid. Allowed choices are text, json, markdown.",
    ],
    ["--target", "option '--target' argument missing"],
    [
      "--approve=maybe",
      "option '--approve <fingerprint>' argument 'maybe' is invalid. " +
        "Allowed is the fingerprint that a review shows.",
    ],
    [
      "--approve=",
      "option '--approve <fingerprint>' argument '' is invalid. Allowed is the fingerprint that a review shows.",
    ],
    ["--approve", "option '--approve <fingerprint>' argument missing"],
    [
      "--approve-address a:b=c",
      "option '--approve-address <setting=address...>' argument 'a:b=c' is invalid. Allowed is <setting>=<address>, " +
        "with one of gitlab:baseUrl, heroku:url, mlops:herokuRegistry, DOCKER_HOST.",
    ],
    [
      "--valid-hours 0",
      "option '--valid-hours <n>' argument '0' is invalid. Allowed is a number of hours, more than 0 and at most 720.",
    ],
  ])("%s is bad usage", async (line, message) => {
    await expect(optionsOf(line)).rejects.toMatchObject({ message: `error: ${message}`, exitCode: 1 });
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
