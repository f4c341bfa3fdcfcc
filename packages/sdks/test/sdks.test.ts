/** The local SDKs against the official contracts: schemas, and the sources generated from them. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Contract, packages, toSchema, trim } from "../schema.ts";

const root = join(import.meta.dirname, "../../..");
const json = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));
const require = createRequire(import.meta.url);

describe.each(Object.entries(packages))("%s", (name, facts) => {
  const contract: Contract = json(`test/contract/${name}.json`);

  it("has the schema that the contract makes", () => {
    expect(json(`packages/sdks/${name}/schema.json`)).toEqual(toSchema(contract, facts));
  });

  it("lists the resources of the contract and no more", () => {
    expect(trim(contract, facts.resources)).toEqual(contract);
    expect(Object.keys(contract.resources).sort()).toEqual([...facts.resources].sort());
  });

  it("asks Pulumi for the official plugin", () => {
    const { pulumi, version, main } = json(`packages/sdks/${name}/package.json`);
    expect(main).toBe("bin/index.js");
    expect(version).toBe(facts.version);
    expect(pulumi).toEqual({
      resource: true,
      name,
      version: facts.version,
      ...(facts.pluginDownloadURL && { server: facts.pluginDownloadURL }),
    });
  });

  it("has a class for each resource where the official package has it", () => {
    const sdk = require(`@pulumi/${name}`) as Record<string, unknown>;
    for (const token of facts.resources) {
      const [, module = "", type = ""] = token.split(":");
      const folder = module.split("/")[0] ?? "";
      const holder = (folder === "index" ? sdk : sdk[folder]) as Record<string, { __pulumiType?: string }>;
      expect(holder[type]?.__pulumiType, token).toBe(token);
    }
  });
});
