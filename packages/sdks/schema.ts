/**
 * Writes the package schemas of the local SDKs from the official providers' contracts:
 *
 *   node packages/sdks/schema.ts <folder with gitlab.json and heroku.json>
 *
 * For each package that is `packages/sdks/<name>/schema.json`, the input of the generator beside this file, and
 * `test/contract/<name>.json`, the same resources as the contract states them, for the contract tests.
 * Format: https://www.pulumi.com/docs/iac/packages-and-automation/pulumi-packages/schema/
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A property of a contract: a primitive, `{array: T}`, `{map: T}` or the token of a nested type. */
export interface ContractProperty {
  readonly type: ContractType;
  readonly secret?: boolean;
  readonly replaces?: boolean;
  readonly deprecated?: boolean;
}
export type ContractType = string | { readonly array: ContractType } | { readonly map: ContractType };
export type ContractProperties = Readonly<Record<string, ContractProperty>>;
export interface ContractResource {
  readonly inputs: ContractProperties;
  readonly outputs: ContractProperties;
  readonly requiredInputs: readonly string[];
  readonly alwaysSet: readonly string[];
}
export interface Contract {
  readonly package: string;
  readonly provider: ContractProperties;
  readonly resources: Readonly<Record<string, ContractResource>>;
  readonly types: Readonly<
    Record<string, { readonly properties: ContractProperties; readonly required: readonly string[] }>
  >;
}

/** What a contract does not tell: which resources the SDK has and where its plugin comes from. */
export interface PackageFacts {
  readonly version: string;
  readonly pluginDownloadURL?: string;
  readonly repository: string;
  readonly resources: readonly string[];
}

export const packages: Readonly<Record<string, PackageFacts>> = {
  gitlab: {
    version: "10.1.1",
    repository: "https://github.com/pulumi/pulumi-gitlab",
    resources: [
      "gitlab:index/branchProtection:BranchProtection",
      "gitlab:index/deployKey:DeployKey",
      "gitlab:index/project:Project",
      "gitlab:index/projectAccessToken:ProjectAccessToken",
      "gitlab:index/projectMembership:ProjectMembership",
      "gitlab:index/projectVariable:ProjectVariable",
      "gitlab:index/tagProtection:TagProtection",
      "gitlab:index/userRunner:UserRunner",
    ],
  },
  heroku: {
    version: "1.0.4",
    pluginDownloadURL: "github://api.github.com/pulumiverse",
    repository: "https://github.com/pulumiverse/pulumi-heroku",
    resources: [
      "heroku:app/app:App",
      "heroku:app/configAssociation:ConfigAssociation",
      "heroku:collaborator/collaborator:Collaborator",
      "heroku:formation/formation:Formation",
    ],
  },
};

/** The contract cut down to the listed resources and the nested types these reach. */
export function trim(contract: Contract, resources: readonly string[]): Contract {
  const kept: Record<string, ContractResource> = {};
  for (const token of resources) {
    const resource = contract.resources[token];
    if (!resource) throw new Error(`the contract of ${contract.package} has no resource ${token}`);
    kept[token] = resource;
  }
  const types: Record<string, Contract["types"][string]> = {};
  const reach = (properties: ContractProperties) => {
    for (const { type } of Object.values(properties)) {
      const token = leaf(type);
      const nested = contract.types[token];
      if (!nested || types[token]) continue;
      types[token] = nested;
      reach(nested.properties);
    }
  };
  reach(contract.provider);
  for (const { inputs, outputs } of Object.values(kept)) {
    reach(inputs);
    reach(outputs);
  }
  const sorted = Object.fromEntries(Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { package: contract.package, provider: contract.provider, resources: kept, types: sorted };
}

/** The Pulumi package schema of a trimmed contract. */
export function toSchema(contract: Contract, facts: PackageFacts): object {
  const { package: name, provider, resources, types } = contract;
  return {
    name,
    version: facts.version,
    description: `The resources of the ${name} provider that this repository uses`,
    repository: facts.repository,
    ...(facts.pluginDownloadURL && { pluginDownloadURL: facts.pluginDownloadURL }),
    // `heroku:app/app:App` lives in module `app`, `gitlab:index/project:Project` in the root.
    meta: { moduleFormat: "(.*)(?:/[^/]*)" },
    language: {
      nodejs: {
        packageName: `@pulumi/${name}`,
        packageDescription: `Local SDK of the Pulumi ${name} provider, trimmed to the resources in use`,
        compatibility: "tfbridge20",
        disableUnionOutputTypes: true,
        respectSchemaVersion: true,
        typescriptVersion: "^5.9.0",
        dependencies: { "@pulumi/pulumi": "^3.142.0" },
      },
    },
    config: { variables: specs(provider, false) },
    provider: { inputProperties: specs(provider, false) },
    types: Object.fromEntries(
      Object.entries(types).map(([token, { properties, required }]) => [
        token,
        { type: "object", properties: specs(properties, true), ...listed("required", required) },
      ]),
    ),
    resources: Object.fromEntries(
      Object.entries(resources).map(([token, resource]) => [
        token,
        {
          properties: specs(resource.outputs, false),
          ...listed("required", resource.alwaysSet),
          inputProperties: specs(resource.inputs, true),
          ...listed("requiredInputs", resource.requiredInputs),
          stateInputs: {
            description: `Input properties used for looking up and filtering ${token.split(":")[2]} resources.\n`,
            properties: specs(stateOf(resource), true),
            type: "object",
          },
        },
      ]),
    ),
  };
}

/** All that a resource's state can hold: outputs, with the replace marks of the inputs. */
function stateOf({ inputs, outputs }: ContractResource): ContractProperties {
  return Object.fromEntries(Object.entries(outputs).map(([key, output]) => [key, inputs[key] ?? output]));
}

function specs(properties: ContractProperties, replaces: boolean): Record<string, object> {
  return Object.fromEntries(
    Object.entries(properties).map(([key, property]) => [
      key,
      {
        ...typeSpec(property.type),
        ...(property.deprecated && { deprecationMessage: `${key} is deprecated by the provider` }),
        ...(property.secret && { secret: true }),
        ...(replaces && property.replaces && { willReplaceOnChanges: true }),
      },
    ]),
  );
}

function typeSpec(type: ContractType): object {
  if (typeof type === "object") {
    return "array" in type
      ? { type: "array", items: typeSpec(type.array) }
      : { type: "object", additionalProperties: typeSpec(type.map) };
  }
  return type.includes(":") ? { $ref: `#/types/${type}` } : { type };
}

function leaf(type: ContractType): string {
  if (typeof type === "string") return type;
  return leaf("array" in type ? type.array : type.map);
}

function listed(key: string, names: readonly string[]): object {
  return names.length > 0 ? { [key]: names } : {};
}

function main([contracts]: string[]): void {
  if (!contracts)
    throw new Error("usage: node packages/sdks/schema.ts <folder with gitlab.json and heroku.json>");
  const root = join(import.meta.dirname, "../..");
  const write = (file: string, value: object) =>
    writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`);
  mkdirSync(join(root, "test/contract"), { recursive: true });
  for (const [name, facts] of Object.entries(packages)) {
    const contract: Contract = JSON.parse(readFileSync(join(contracts, `${name}.json`), "utf8"));
    const trimmed = trim(contract, facts.resources);
    mkdirSync(join(root, "packages/sdks", name), { recursive: true });
    write(join(root, "packages/sdks", name, "schema.json"), toSchema(trimmed, facts));
    write(join(root, "test/contract", `${name}.json`), trimmed);
  }
}

if (import.meta.main) main(process.argv.slice(2));
