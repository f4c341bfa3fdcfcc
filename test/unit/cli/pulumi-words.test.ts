/** What the launcher reads from a command line of Pulumi. */
import { describe, expect, it } from "vitest";
import {
  commandIn,
  isTargeted,
  optionIn,
  settingsIn,
  shortName,
  stackIn,
} from "../../../operations/cli/pulumi-words.ts";

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
    ["up -yh", ""],
    // A word after an option that takes one is its value, also where it looks like another option.
    ["up --yes --skip-preview -m --help", "up"],
    ["up --message -h", "up"],
    ["up -ym --help", "up"],
    ["up --message=x --help", ""],
    ["up --yes --help", ""],
    ["up -r --help", ""],
    ["-m --help up", "up"],
    ["up -- --help", "up"],
    ["--color never destroy", "destroy"],
  ])("%s: %s", (line, command) => {
    expect(commandIn(words(line))).toBe(command);
  });
});

it.each([
  ["up --config-file a.yaml", "a.yaml"],
  ["up --config-file=a=b.yaml", "a=b.yaml"],
  ["up --config-file", ""],
  ["up --config-files a.yaml", undefined],
  ["up -m --config-file", undefined],
])("the option of %s: %s", (line, value) => {
  expect(optionIn(words(line), "--config-file")).toBe(value);
});

it.each([
  ["destroy", false],
  ["destroy --target urn:a", true],
  ["destroy -t=urn:a", true],
  ["destroy -x urn:a", true],
  ["destroy --exclude=urn:a", true],
  ["destroy --exclude-protected", true],
  ["destroy -m --target", false],
])("%s is of some things alone: %s", (line, isSo) => {
  expect(isTargeted(words(line))).toBe(isSo);
});

it("a stack's own name is the last part of it", () => {
  expect(["dev", "organization/mlops/dev"].map(shortName)).toEqual(["dev", "dev"]);
});

it.each([
  [
    "up -c heroku:url=https://a?b=c --config=herokuRegistry=r:1",
    { "heroku:url": "https://a?b=c", "mlops:herokuRegistry": "r:1" },
  ],
  ["up -c=a:b=1 -ca:b=2", { "a:b": "2" }],
  ["up -m -c --config a:b", {}],
])("settings of %s", (line, settings) => {
  expect(settingsIn(words(line))).toEqual(settings);
});
