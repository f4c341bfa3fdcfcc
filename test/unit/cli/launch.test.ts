/** How Pulumi is started: variables of the stack, policy pack, plugins of the sandbox. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { neededPlugins } from "../../../lib/pulumi/plugins.ts";
import { root } from "../../../lib/repository.ts";
import { noProxyForThisMachine, readVariables, withPolicyPack } from "../../../operations/cli/launch.ts";
import { isOnThisMachine, localPlugins } from "../../../operations/cli/local-plugins.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tag-to-endpoint-launch-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("variables", () => {
  it("come from the stack's own file, and from no other", () => {
    writeFileSync(
      path.join(folder, ".env.dev"),
      "GITLAB_TOKEN=one\n# not this\nHEROKU_API_KEY='two words'\n",
    );
    expect(readVariables(folder, "dev")).toEqual({ GITLAB_TOKEN: "one", HEROKU_API_KEY: "two words" });
    expect(readVariables(folder, "organization/mlops/dev")).toEqual(readVariables(folder, "dev"));
    expect(readVariables(folder, "production")).toEqual({});
    expect(readVariables(folder, "")).toEqual({});
  });
});

describe("the policy pack", () => {
  const pack = path.join(root, "infra/policy");
  it.each([
    [["up"], ["up", "--policy-pack", pack]],
    [
      ["up", "--policy-pack-config", "a.json"],
      ["up", "--policy-pack-config", "a.json", "--policy-pack", pack],
    ],
    [
      ["up", "--policy-pack", "other"],
      ["up", "--policy-pack", "other"],
    ],
    [
      ["up", "--policy-pack=other"],
      ["up", "--policy-pack=other"],
    ],
  ])("%j: %j", (given, wanted) => {
    expect(withPolicyPack(given)).toEqual(wanted);
  });
});

describe("a proxy is kept from this machine", () => {
  const here = "localhost,127.0.0.1,::1";
  const proxy = "http://proxy.example:3128";
  it.each([
    [{}, {}],
    [{ NO_PROXY: "a.example" }, {}],
    [{ http_proxy: "" }, {}],
    [{ HTTP_PROXY: proxy, HTTPS_PROXY: proxy }, {}],
    [{ http_proxy: proxy }, { no_proxy: here }],
    [{ http_proxy: proxy, NO_PROXY: "a" }, { no_proxy: `a,${here}` }],
    [
      { https_proxy: proxy, no_proxy: "*.a.example, ::1" },
      { no_proxy: "*.a.example,::1,localhost,127.0.0.1" },
    ],
    [
      { grpc_proxy: proxy, NO_PROXY: "a", no_proxy: "b", no_grpc_proxy: "c" },
      { no_proxy: `b,${here}`, no_grpc_proxy: `c,${here}` },
    ],
  ])("%j: %j", (given, wanted) => {
    expect(noProxyForThisMachine(given)).toEqual(wanted);
  });
});

const local = { GITLAB_BASE_URL: "http://127.0.0.1:8929/api/v4", HEROKU_API_URL: "http://127.0.0.1:8930" };

describe("a stack is on this machine", () => {
  it.each([
    ["by its variables", {}, local, true],
    [
      "by its settings",
      { "gitlab:baseUrl": "http://localhost:1/api/v4", "heroku:url": "http://[::1]:2" },
      {},
      true,
    ],
    ["by a name in .localhost", {}, { ...local, HEROKU_API_URL: "http://heroku.localhost" }, true],
    ["not where nothing is said, which means the real services", {}, {}, false],
    ["not with one of the two elsewhere", {}, { ...local, HEROKU_API_URL: "https://api.heroku.com" }, false],
    [
      "not where a setting wins over the variable",
      { "gitlab:baseUrl": "https://gitlab.com/api/v4" },
      local,
      false,
    ],
    ["not where a setting is encrypted", { "gitlab:baseUrl": { secure: "v1:abc" } }, local, false],
    [
      "not where a name only looks like it",
      {},
      { ...local, HEROKU_API_URL: "http://127.0.0.1.example.com" },
      false,
    ],
    ["not where a name ends like it", {}, { ...local, HEROKU_API_URL: "http://notlocalhost" }, false],
    ["not where an address is none", {}, { ...local, HEROKU_API_URL: "127.0.0.1:8930" }, false],
  ])("%s", (_, settings, env, expected) => {
    expect(isOnThisMachine(settings, env)).toBe(expected);
  });
});

describe("the sandbox's plugins", () => {
  const settingsFile = () => {
    const file = path.join(folder, "stack.yaml");
    writeFileSync(file, "config:\n  heroku:url: https://api.heroku.com\n");
    return file;
  };
  const plugins = (args: string[], env: Record<string, string> = local) =>
    localPlugins("none-of-that-name", args, env, folder);

  it("are for a stack on this machine; log-ins and the stack stay the user's", () => {
    mkdirSync(path.join(folder, "plugins"));
    expect(plugins(["up"], { ...local, PULUMI_HOME: "/home/ana/pulumi" })).toEqual({
      PULUMI_HOME: folder,
      PULUMI_CREDENTIALS_PATH: "/home/ana/pulumi",
      PULUMI_STACK: "none-of-that-name",
    });
  });

  it("are not for another stack, also where only its settings file says so", () => {
    mkdirSync(path.join(folder, "plugins"));
    expect(plugins(["up"], {})).toEqual({});
    expect(plugins(["up", "--config-file", settingsFile()])).toEqual({});
  });

  it("are not there where the official ones could be downloaded", () => {
    expect(plugins(["up"])).toEqual({});
  });

  it("are not used any more once all official ones are in the user's home", () => {
    mkdirSync(path.join(folder, "plugins"));
    const env = { ...local, PULUMI_HOME: path.join(folder, "home") };
    const [last, ...others] = neededPlugins();
    const install = ({ name, version }: { name: string; version: string }) =>
      mkdirSync(path.join(env.PULUMI_HOME, `plugins/resource-${name}-v${version}`), { recursive: true });
    others.forEach(install);
    expect(plugins(["up"], env)).toMatchObject({ PULUMI_HOME: folder });
    if (last) install(last);
    expect(plugins(["up"], env)).toEqual({});
  });
});
