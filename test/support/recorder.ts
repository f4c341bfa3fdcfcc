/**
 * Runs Pulumi code without an engine and records what it registers, as it would go to the engine: inputs with
 * their secretness, parents, providers, dependencies and options.
 */
import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import { disconnect, getMonitor } from "@pulumi/pulumi/runtime/settings.js";

/** How the engine's protocol marks a secret value: `{[signature]: secret, value}`. */
const signature = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";

export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string;
  readonly provider: string;
  /** Inputs, secrets opened. */
  readonly inputs: Record<string, unknown>;
  /** Paths of the inputs that are secret: `value`, `environment.GITLAB_TOKEN`. */
  readonly secrets: readonly string[];
  readonly dependencies: readonly string[];
  /** URNs of the resources that an input was made of, by the input's name. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly deleteBeforeReplace: boolean;
  readonly ignoreChanges: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
}

/** Outputs that the services would give, by resource type. */
export type Outputs = (
  type: string,
  name: string,
  inputs: Record<string, unknown>,
) => Record<string, unknown>;

/** Sets the mocks up, runs the code and returns what it registered, in order. */
export async function record<T>(
  code: () => T | Promise<T>,
  outputs: Outputs = () => ({}),
): Promise<{ result: T; resources: Registration[] }> {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => ({
        id: idOf(name),
        state: { ...inputs, ...outputs(type, name, inputs) },
      }),
      call: ({ token }) => (token === "pulumi:pulumi:readStackResourceOutputs" ? { outputs: {} } : {}),
    },
    "mlops",
    "test",
    false,
    "organization",
  );
  const resources: Registration[] = [];
  const monitor = getMonitor() as unknown as {
    registerResource: (...args: never[]) => unknown;
    registerErrorHook: (request: { getName(): string }, respond: Respond) => void;
    registerResourceHook: (request: { getName(): string }, respond: Respond) => void;
  };
  const register = monitor.registerResource.bind(monitor) as (...args: unknown[]) => unknown;
  monitor.registerResource = (request: RegisterResourceRequest, respond: Respond) =>
    register(request, (error: unknown, response: { getUrn(): string }) => {
      if (response) resources.push(registration(request, response.getUrn()));
      respond(error, response);
    });
  // Pulumi's mocks know no hooks; without an engine nothing fails, and none is called. A name is taken once, as there.
  const hooks = new Set<string>();
  monitor.registerErrorHook = (request, respond) => {
    const name = request.getName();
    respond(hooks.has(name) ? new Error(`resource hook already registered for name "${name}"`) : null, {});
    hooks.add(name);
  };
  monitor.registerResourceHook = monitor.registerErrorHook;
  let result: T | undefined;
  // As the engine runs it: with the stack that the guard puts itself on.
  await pulumi.runtime.runInPulumiStack(async () => {
    result = await code();
  });
  await disconnect();
  return { result: result as T, resources: resources.filter(({ type }) => type !== "pulumi:pulumi:Stack") };
}

/** Ids as the services give them: numbers for GitLab, as text. */
export function idOf(name: string): string {
  return String([...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7));
}

/** A URN as the engine makes it, which leaves the stack out of the parents' types. */
const asOfEngine = (urn: string) => urn.replace("pulumi:pulumi:Stack$", "");

type Respond = (error: unknown, response: unknown) => void;

function registration(request: RegisterResourceRequest, urn: string): Registration {
  const secrets: string[] = [];
  const inputs = open(request.getObject()?.toJavaScript() ?? {}, "", secrets) as Record<string, unknown>;
  const propertyDependencies: Record<string, readonly string[]> = {};
  request.getPropertydependenciesMap().forEach((dependencies, name) => {
    propertyDependencies[name] = dependencies.getUrnsList();
  });
  return {
    urn: asOfEngine(urn),
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: asOfEngine(request.getParent()),
    provider:
      request.getProvider() || Object.values(Object.fromEntries(request.getProvidersMap().toArray())).join(),
    inputs,
    secrets,
    dependencies: request.getDependenciesList().map(asOfEngine),
    propertyDependencies,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ignoreChanges: request.getIgnorechangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  };
}

function open(value: unknown, path: string, secrets: string[]): unknown {
  if (Array.isArray(value)) return value.map((item, index) => open(item, `${path}[${index}]`, secrets));
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  if (fields[signature] === secretMark) {
    secrets.push(path);
    return open(fields.value, path, secrets);
  }
  return Object.fromEntries(
    Object.entries(fields).map(([key, item]) => [key, open(item, path ? `${path}.${key}` : key, secrets)]),
  );
}

/** The one recorded resource of that type and, where several have it, name. */
export function only(resources: readonly Registration[], type: string, name?: string): Registration {
  const found = resources.filter((r) => r.type === type && (name === undefined || r.name === name));
  if (found.length !== 1 || !found[0]) {
    throw new Error(`${found.length} resources of type ${type}${name ? ` named ${name}` : ""}`);
  }
  return found[0];
}

/** The value of an output, or of a structure with outputs in it. */
export function promiseOf(value: unknown): Promise<unknown> {
  return new Promise((resolve) => pulumi.all([value]).apply(([known]) => resolve(known)));
}
