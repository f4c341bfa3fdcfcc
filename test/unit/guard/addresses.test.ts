/** Which addresses somebody has to approve before a credential is sent there. */
import { describe, expect, it } from "vitest";
import {
  type AddressedResource,
  addressProblem,
  appliedIn,
  destinationsOf,
  ENGINE,
  firstUses,
  isSameAddress,
  OUTPUT,
  recorded,
  unapprovedIn,
} from "../../../infra/guard/addresses.ts";
import { unapprovedAddress } from "../../../infra/guard/providers.ts";
import { types } from "../../../lib/pulumi/types.ts";

const resource = (type: string, outputs: Record<string, unknown>): AddressedResource => ({
  urn: `urn:pulumi:dev::mlops::${type}::any`,
  type,
  outputs,
});

describe("two addresses", () => {
  it.each([
    ["https://gitlab.com/api/v4", "https://GITLAB.com/api/v4/", true],
    ["https://gitlab.com/api/v4", "https://gitlab.com:443/api/v4", true],
    ["https://gitlab.com/api/v4", "http://gitlab.com/api/v4", false],
    ["https://gitlab.com/api/v4", "https://gitlab.com/other/api/v4", false],
    ["https://gitlab.com/api/v4", "https://gitlab.com.evil.example/api/v4", false],
    ["registry.heroku.com", "Registry.Heroku.com", true],
    ["registry.heroku.com", "registry.heroku.com:444", false],
    ["127.0.0.1:5000", "127.0.0.1:5001", false],
    ["unix:///var/run/docker.sock", "tcp://127.0.0.1:2375", false],
  ])("%s and %s: the same is %s", (one, other, same) => {
    expect(isSameAddress(one, other)).toBe(same);
  });
});

describe("what was applied last", () => {
  it("is told by the output, the providers and the commands", () => {
    expect(
      appliedIn([
        resource(types.stack, { [OUTPUT]: { "mlops:herokuRegistry": "r:1", [ENGINE]: "unix:///s" } }),
        resource(types.gitlab.provider, { baseUrl: "https://g/api/v4", token: "" }),
        resource(types.heroku.provider, { url: "https://h" }),
        resource(types.command, {
          create: "node infra/commands/first-release.ts",
          environment: { HEROKU_REGISTRY: "r:1" },
        }),
      ]),
    ).toEqual({
      "gitlab:baseUrl": ["https://g/api/v4"],
      "heroku:url": ["https://h"],
      "mlops:herokuRegistry": ["r:1"],
      [ENGINE]: ["unix:///s"],
    });
  });

  it("is no variable that a refresh read, where anything else tells", () => {
    const read = resource(types.gitlab.projectVariable, { key: "HEROKU_REGISTRY", value: "hostile" });
    expect(appliedIn([read])).toEqual({ "mlops:herokuRegistry": ["hostile"] });
    const output = resource(types.stack, { [OUTPUT]: { "mlops:herokuRegistry": "r:1" } });
    expect(appliedIn([read, output])).toEqual({ "mlops:herokuRegistry": ["r:1"] });
  });

  it("is nothing in a state that holds something else there", () => {
    expect(appliedIn([resource(types.stack, { [OUTPUT]: 7 }), resource(types.gitlab.provider, {})])).toEqual(
      {},
    );
  });
});

describe("a destination", () => {
  const applied = { "heroku:url": ["https://api.heroku.com"], [ENGINE]: ["unix:///var/run/docker.sock"] };
  const approved = [{ setting: "heroku:url", address: "https://ok.example" }];
  it.each([
    ["heroku:url", "https://api.heroku.com/", false],
    ["heroku:url", "https://evil.example", true],
    ["heroku:url", "http://127.0.0.1:1", true],
    ["heroku:url", "https://ok.example", false],
    // Approved for another credential.
    ["gitlab:baseUrl", "https://ok.example", false],
    ["mlops:herokuRegistry", "new.example", false],
    [ENGINE, "unix:///home/ana/.docker/run/docker.sock", false],
    [ENGINE, "tcp://127.0.0.1:2375", true],
    [ENGINE, "ssh://ana@elsewhere.example", true],
  ])("%s=%s needs an approval: %s", (setting, address, needs) => {
    const found = unapprovedIn(destinationsOf({ [setting]: address }), applied, approved);
    expect(found).toHaveLength(needs ? 1 : 0);
  });

  it("is told with both addresses, the credential and the command that approves it", () => {
    const [found] = unapprovedIn(destinationsOf({ "heroku:url": "https://evil.example" }), applied, []);
    expect(found && addressProblem(found)).toEqual({
      setting: "heroku:url",
      found:
        "https://evil.example, and https://api.heroku.com when it was applied last; heroku:apiKey would be sent there",
      allowed: "the address that was applied last, or one that somebody approved",
      fix:
        "pulumi config set heroku:url https://api.heroku.com; or, if you trust it with that credential: " +
        "npm run review -- --approve-address 'heroku:url=https://evil.example'",
    });
  });

  it("of a new stack is said where it is neither official nor on this machine", () => {
    const wanted = destinationsOf({
      "gitlab:baseUrl": "https://gitlab.example.com/api/v4",
      "heroku:url": "https://api.heroku.com",
      "mlops:herokuRegistry": "127.0.0.1:5000",
      [ENGINE]: "unix:///var/run/docker.sock",
    });
    expect(firstUses(wanted, {}, ["https://api.heroku.com"]).map(({ setting }) => setting)).toEqual([
      "gitlab:baseUrl",
    ]);
    expect(firstUses(wanted, { "gitlab:baseUrl": ["https://g"] }, [])).toHaveLength(1);
  });

  it("of a remote engine stays known where a local one is used for once", () => {
    const remote = { [ENGINE]: ["tcp://docker:2376"] };
    const local = destinationsOf({ [ENGINE]: "unix:///var/run/docker.sock" });
    expect(recorded(local, remote)).toEqual({ [ENGINE]: "tcp://docker:2376" });
    expect(recorded(local, {})).toEqual({ [ENGINE]: "unix:///var/run/docker.sock" });
  });
});

describe("a provider of the program", () => {
  const known = {
    destinations: destinationsOf({ "gitlab:baseUrl": "https://gitlab.com/api/v4" }),
    applied: {},
    approved: [],
  };
  it.each([
    [types.gitlab.provider, { baseUrl: "https://gitlab.com/api/v4" }, false],
    [types.gitlab.provider, { baseUrl: "https://evil.example/api/v4" }, true],
    [types.gitlab.provider, { baseUrl: { no: "text" } }, true],
    ["pulumi:providers:random", { baseUrl: "https://evil.example" }, false],
  ])("%s with %j is refused: %s", (type, props, isRefused) => {
    const said = unapprovedAddress(type, "other", props, known);
    expect(said !== undefined).toBe(isRefused);
    if (isRefused)
      expect(said).toMatch(/^Provider other would send a credential to an address that nobody approved\.\n/);
  });
});
