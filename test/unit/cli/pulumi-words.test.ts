/** What the launcher reads from a command line of Pulumi. */
import { describe, expect, it } from "vitest";
import { commandIn, optionIn, shortName, stackIn } from "../../../operations/cli/pulumi-words.ts";

const words = (line: string) => line.split(" ").filter((word) => word !== "");

describe("the stack that a command line names", () => {
  it.each([
    ["up", undefined],
    ["up --stack dev", "dev"],
    ["-s dev up", "dev"],
    ["up --stack=dev", "dev"],
    ["up -s=dev", "dev"],
    ["up --stack dev --stack production", "production"],
    ["up --stack", ""],
    ["stack init production", "production"],
    ["stack select production --create", "production"],
    ["stack rm --yes production", "production"],
    ["stack rm", undefined],
    ["stack ls", undefined],
    ["config set stack production", undefined],
    ["up --stacks dev", undefined],
  ])("%s: %s", (line, stack) => {
    expect(stackIn(words(line))).toBe(stack);
  });
});

describe("the command of a command line", () => {
  it.each([
    ["", ""],
    ["up", "up"],
    ["up --help", ""],
    ["-h", ""],
    ["-s dev up --yes", "up"],
    ["--stack=dev update", "update"],
    ["-s up up", "up"],
    ["-s up preview", "preview"],
    ["--non-interactive up", "up"],
    ["-e up", "up"],
    ["-C infra up", "up"],
    ["--version", ""],
  ])("%s: %s", (line, command) => {
    expect(commandIn(words(line))).toBe(command);
  });
});

it.each([
  ["up --config-file a.yaml", "a.yaml"],
  ["up --config-file=a=b.yaml", "a=b.yaml"],
  ["up --config-file", ""],
  ["up --config-files a.yaml", undefined],
])("the option of %s: %s", (line, value) => {
  expect(optionIn(words(line), "--config-file")).toBe(value);
});

it("a stack's own name is the last part of it", () => {
  expect(["dev", "organization/mlops/dev"].map(shortName)).toEqual(["dev", "dev"]);
});
