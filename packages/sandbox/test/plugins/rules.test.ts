import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { buildPlugins, PLUGINS } from "../../src/plugins/build.ts";
import { ignoreRules, isIgnored } from "../../src/plugins/docker/dockerignore.ts";
import { refusePush, registryOf, repositoryOf } from "../../src/plugins/docker/reference.ts";
import { changesTo } from "../../src/plugins/gitlab/access-rules.ts";
import { expiryFrom, rotationIsDue } from "../../src/plugins/gitlab/rotation.ts";
import { type Contract, packageSchema } from "../../src/plugins/shared/contract.ts";
import { send } from "../../src/plugins/shared/http.ts";
import { isLoopback } from "../../src/plugins/shared/loopback.ts";
import {
  decode,
  encode,
  hasUnknown,
  markLike,
  Opaque,
  Secret,
  UNKNOWN,
} from "../../src/plugins/shared/values.ts";

const root = path.resolve(import.meta.dirname, "../../../..");

describe("contracts", () => {
  const read = async (file: string) => JSON.parse(await readFile(path.join(root, file), "utf8")) as Contract;

  test.each(["gitlab", "heroku"])(
    "%s: the plugin serves its resources as the official provider words them",
    async (name) => {
      const served = await read(`packages/sandbox/src/plugins/${name}/contract.json`);
      const official = await read(`test/contract/${name}.json`);
      for (const [type, contract] of Object.entries(served.resources)) {
        expect(contract, type).toEqual(official.resources[type]);
      }
      for (const [type, contract] of Object.entries(served.types)) {
        expect(contract, type).toEqual(official.types[type]);
      }
      expect(served.provider).toEqual(official.provider);
    },
  );

  test.each([
    ["command", "Command", "local/command.d.ts"],
    ["docker", "Image", "image.d.ts"],
  ])(
    "%s: every input and output of %s is in the npm package's types and the other way round",
    async (name, type, file) => {
      const [resource] = Object.values(
        (await read(`packages/sandbox/src/plugins/${name}/contract.json`)).resources,
      );
      const types = await readFile(path.join(root, "node_modules/@pulumi", name, file), "utf8");
      const [, declaration = "", args = ""] = new RegExp(
        `declare class ${type} ([\\s\\S]*?)constructor[\\s\\S]*interface ${type}Args \\{([\\s\\S]*)`,
      ).exec(types) as RegExpExecArray;
      const names = (text: string, pattern: RegExp) =>
        [...text.matchAll(pattern)].map(([, found]) => found).sort();
      expect(Object.keys(resource?.outputs ?? {}).sort()).toEqual(
        names(declaration, /readonly (\w+): pulumi\.Output/g),
      );
      expect(Object.keys(resource?.inputs ?? {}).sort()).toEqual(
        names(args, /^ {4}(\w+)\??: pulumi\.Input/gm),
      );
    },
  );

  test("a contract is a package schema as well", async () => {
    const schema = JSON.parse(packageSchema(await read("packages/sandbox/src/plugins/gitlab/contract.json")));
    expect(schema.resources["gitlab:index/projectAccessToken:ProjectAccessToken"]).toMatchObject({
      properties: { token: { type: "string", secret: true } },
      requiredInputs: ["project", "scopes"],
    });
  });
});

describe("loopback", () => {
  test.each([
    ["127.0.0.1", true],
    ["127.8.9.10", true],
    ["::1", true],
    ["[::1]", true],
    ["localhost", true],
    ["LOCALHOST.", true],
    ["app-1234.localhost", true],
    ["gitlab.com", false],
    ["127.0.0.1.example.com", false],
    ["127.example.com", false],
    ["localhost.example.com", false],
    ["notlocalhost", false],
    ["10.0.0.1", false],
    ["0.0.0.0", false],
    ["::ffff:8.8.8.8", false],
    ["", false],
  ])("%s: %s", (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });

  test("no request leaves the machine, whoever asks for it", async () => {
    await expect(send({ method: "GET", url: new URL("http://example.com/") })).rejects.toThrow(
      "refused to connect to example.com: not a loopback address",
    );
  });

  test.each([
    ["127.0.0.1:5000/group/image:tag", undefined],
    ["localhost:5000/image", undefined],
    ["[::1]:5000/image", undefined],
    ["http://127.0.0.1:5000", undefined],
    ["registry.heroku.com/app/web", "registry.heroku.com"],
    ["https://index.docker.io/v1/", "index.docker.io"],
  ])("a push to %s", (target, refused) => {
    if (refused === undefined) expect(refusePush(target)).toBeUndefined();
    else expect(refusePush(target)).toContain(`refuses to push to ${refused}.`);
  });
});

describe("rotation of a token that expires on 2026-03-31, 7 days before", () => {
  test.each([
    ["2026-03-01T00:00:00Z", false],
    ["2026-03-23T23:59:59Z", false],
    ["2026-03-24T00:00:01Z", true],
    ["2026-03-31T12:00:00Z", true],
    ["2026-05-01T00:00:00Z", true],
  ])("at %s: %s", (now, due) => {
    expect(rotationIsDue("2026-03-31", { expirationDays: 30, rotateBeforeDays: 7 }, new Date(now))).toBe(due);
  });

  test("a new token is good for the given days", () => {
    expect(expiryFrom({ expirationDays: 30, rotateBeforeDays: 7 }, new Date("2026-02-27T23:00:00Z"))).toBe(
      "2026-03-29",
    );
  });
});

describe(".dockerignore", () => {
  const rules = ignoreRules(
    "# comment\n*.log\n!kept.log\nbuild/\n**/*.tmp\ndocs/*.md\n/rooted\n!docs/README.md\n[ab].txt\n",
  );
  test.each([
    ["file", false],
    ["x.log", true],
    ["sub/x.log", false],
    ["kept.log", false],
    ["build/out/file", true],
    ["sub/build/file", false],
    ["a.tmp", true],
    ["deep/er/a.tmp", true],
    ["docs/a.md", true],
    ["docs/deep/a.md", false],
    ["docs/README.md", false],
    ["rooted", true],
    ["a.txt", true],
    ["c.txt", false],
  ])("%s is ignored: %s", (name, ignored) => {
    expect(isIgnored(name, rules)).toBe(ignored);
  });

  test("everything but one folder", () => {
    const only = ignoreRules("*\n!models\n**/.gitkeep\n");
    expect(["Dockerfile", "models/a/b", "models/.gitkeep"].map((name) => isIgnored(name, only))).toEqual([
      true,
      false,
      true,
    ]);
  });
});

test("parts of an image name", () => {
  const names = ["127.0.0.1:5000/a/b:tag", "localhost/a@sha256:00", "a/b:tag", "image"];
  expect(names.map(registryOf)).toEqual(["127.0.0.1:5000", "localhost", undefined, undefined]);
  expect(names.map(repositoryOf)).toEqual(["127.0.0.1:5000/a/b", "localhost/a", "a/b", "image"]);
});

test("entries of a rule: what is missing is added, what is too much goes, the rest stays", () => {
  const present = [
    { id: 1, access_level: 40 },
    { id: 2, access_level: 40, user_id: 7 },
    { id: 3, access_level: 40, group_id: 9 },
  ];
  expect(changesTo(present, [{ accessLevel: "maintainer" }, { userId: 7 }])).toEqual([
    { id: 3, _destroy: true },
  ]);
  expect(changesTo(present, [{ accessLevel: "developer" }, { userId: 7 }, { groupId: 9 }])).toEqual([
    { access_level: 30 },
    { id: 1, _destroy: true },
  ]);
});

describe("values of the wire", () => {
  test("secrets, unknowns and assets survive the way through", () => {
    const asset = new Opaque({
      "4dabf18193072939515e22adb298388d": "c44067f5952c0a294b673a41bacd8c17",
      path: "/x",
    });
    const props = { a: 1, b: new Secret({ c: [true, "x"] }), d: UNKNOWN, e: { f: asset } };
    const back = decode(encode(props));
    expect(back).toEqual(props);
    expect(hasUnknown(back)).toBe(true);
  });

  test("an output is as secret as the input of its name", () => {
    expect(markLike({ a: "1", b: "2" }, { a: new Secret("1"), b: "2" })).toEqual({
      a: new Secret("1"),
      b: "2",
    });
    expect(markLike(["1", "2"], ["1", new Secret("2")])).toEqual(new Secret(["1", "2"]));
    expect(markLike("1", undefined)).toBe("1");
  });
});

test("plugins are built once for the same sources", async () => {
  const dir = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint-build-"));
  try {
    expect(await buildPlugins({ dir })).toEqual({ dir, rebuilt: true });
    expect(await buildPlugins({ dir })).toEqual({ dir, rebuilt: false });
    for (const name of PLUGINS) {
      expect((await stat(path.join(dir, `pulumi-resource-${name}`))).mode & 0o111).toBe(0o111);
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
