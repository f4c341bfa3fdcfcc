/** Resources as rules see them, for the tables of the rules' tests. */
import type { Resource, StackResource } from "../../infra/policy/rule.ts";
import type { Values } from "../../infra/policy/values.ts";

/** What a rule accepts, and what it refuses with found, allowed and fix. */
export interface Cases {
  passes: Array<[string, Resource]>;
  fails: Array<[string, Resource, [string, string, string]]>;
}

const urn = (type: string, name: string) => `urn:pulumi:test::mlops::${type}::${name}`;

/** A resource with these inputs; by default all that a program prints is secret. */
export function resource(type: string, inputs: Values, more: Partial<Resource> = {}): Resource {
  const name = more.name ?? "one";
  return { urn: urn(type, name), type, name, inputs, secretOutputs: ["stdout", "stderr"], ...more };
}

export const variable = (inputs: Values, more?: Partial<Resource>) =>
  resource("gitlab:index/projectVariable:ProjectVariable", inputs, more);

/** A variable as the program declares it, within its component. */
export const ownVariable = (inputs: Values) =>
  variable(inputs, {
    urn: urn("mlops:index:CiVariables$gitlab:index/projectVariable:ProjectVariable", "one"),
  });

export const command = (inputs: Values, more?: Partial<Resource>) =>
  resource("command:local:Command", inputs, more);

export const branch = (inputs: Values) =>
  resource("gitlab:index/branchProtection:BranchProtection", { branch: "main", ...inputs });

export const tag = (inputs: Values) =>
  resource("gitlab:index/tagProtection:TagProtection", { tag: "v*", ...inputs });

export const deployKey = (inputs: Values) =>
  resource("gitlab:index/deployKey:DeployKey", { title: "k", ...inputs });

export const accessToken = (inputs: Values) =>
  resource("gitlab:index/projectAccessToken:ProjectAccessToken", inputs);

export const project = (inputs: Values) => resource("gitlab:index/project:Project", inputs);

export const runner = (inputs: Values) => resource("gitlab:index/userRunner:UserRunner", inputs);

/** A resource of the whole stack; `of` is the project that it belongs to. */
export function inStack(type: string, name: string, outputs: Values, of?: string): StackResource {
  const references = of ? { project: [urn("gitlab:index/project:Project", of)] } : {};
  return { urn: urn(type, name), type, name, outputs, references };
}
