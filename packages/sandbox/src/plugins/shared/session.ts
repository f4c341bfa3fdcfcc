/** One conversation of a provider with one engine: every request of the protocol, turned into the provider's terms. */
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import { checkInputs, mergeInputs } from "./check.ts";
import { packageSchema, type ResourceContract } from "./contract.ts";
import { deletesBeforeReplace, differences, replacing } from "./diff.ts";
import { engineLog } from "./engine.ts";
import { rpcError } from "./errors.ts";
import { finish, previewCreate, previewUpdate, readInputs } from "./lifecycle.ts";
import type { Change, Context, Provider, Resource, Rules } from "./provider.ts";
import { providerConfig } from "./settings.ts";
import { decode, encode, hasUnknown, type Props, revealProps } from "./values.ts";

interface Subject {
  context: Context;
  contract: ResourceContract;
  resource: Resource;
  rules: Rules;
}

export class Session {
  private readonly provider: Provider;
  private engineAddress: string | undefined;
  private readonly abort = new AbortController();
  private configured: Promise<void> | undefined;
  /** In a preview the settings may come from resources that are yet to be made. */
  private settingsUnknown = false;

  constructor(provider: Provider, engineAddress: string | undefined) {
    this.provider = provider;
    this.engineAddress = engineAddress;
  }

  handshake(request: messages.ProviderHandshakeRequest): messages.ProviderHandshakeResponse {
    this.engineAddress = request.getEngineAddress() || this.engineAddress;
    return new messages.ProviderHandshakeResponse()
      .setAcceptSecrets(true)
      .setAcceptResources(false)
      .setAcceptOutputs(false);
  }

  pluginInfo(): plugin.PluginInfo {
    return new plugin.PluginInfo().setVersion(this.provider.contract.version);
  }

  schema(): messages.GetSchemaResponse {
    return new messages.GetSchemaResponse().setSchema(packageSchema(this.provider.contract));
  }

  attach(address: string): Empty {
    this.engineAddress = address;
    return new Empty();
  }

  cancel(): Empty {
    this.abort.abort(new Error("cancelled by the engine"));
    return new Empty();
  }

  checkConfig(request: messages.CheckRequest): messages.CheckResponse {
    const { contract } = this.provider;
    const failures = Object.keys(decode(request.getNews()))
      .filter(
        (key) => !(key in contract.provider) && !["version", "pluginDownloadURL", "__internal"].includes(key),
      )
      .map((key) =>
        new messages.CheckFailure().setReason(
          `could not validate provider configuration: Invalid or unknown key ` +
            `${JSON.stringify(`${contract.package}:${key}`)} (allowed: ${Object.keys(contract.provider).join(", ")})`,
        ),
      );
    const response = new messages.CheckResponse();
    response.setInputs(request.getNews());
    response.setFailuresList(failures);
    return response;
  }

  /** A changed endpoint or token never replaces the resources behind it. */
  diffConfig(request: messages.DiffRequest): messages.DiffResponse {
    const olds = JSON.stringify(decode(request.getOldInputs() ?? request.getOlds()));
    const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
    const same = olds === JSON.stringify(decode(request.getNews()));
    return new messages.DiffResponse().setChanges(same ? DIFF_NONE : DIFF_SOME);
  }

  async configure(request: messages.ConfigureRequest): Promise<messages.ConfigureResponse> {
    const config = providerConfig(request, this.provider.contract.package);
    this.settingsUnknown = hasUnknown(config);
    if (!this.settingsUnknown) {
      this.configured = Promise.resolve(this.provider.configure(config));
      await this.configured;
    }
    return new messages.ConfigureResponse()
      .setAcceptsecrets(true)
      .setSupportspreview(true)
      .setAcceptresources(false)
      .setAcceptoutputs(false);
  }

  async check(request: messages.CheckRequest): Promise<messages.CheckResponse> {
    const { context, contract, resource, rules } = this.subject(request.getUrn());
    const olds = decode(request.getOlds());
    const checked = checkInputs({
      contract: this.provider.contract,
      resource: contract,
      rules,
      name: context.name,
      news: decode(request.getNews()),
      olds: revealProps(olds),
      seed: request.getRandomseed_asU8(),
    });
    let { inputs, failures } = checked;
    if (failures.length === 0 && resource.check) {
      const outcome = await resource.check(context, revealProps(inputs));
      failures = outcome.failures ?? [];
      inputs = mergeInputs(inputs, outcome.additions ?? {}) as Props;
    }
    const response = new messages.CheckResponse();
    response.setInputs(encode(inputs));
    response.setFailuresList(
      failures.map(({ property, reason }) =>
        new messages.CheckFailure().setProperty(property).setReason(reason),
      ),
    );
    return response;
  }

  async diff(request: messages.DiffRequest): Promise<messages.DiffResponse> {
    const { contract, resource, rules } = this.subject(request.getUrn());
    const change: Change = {
      id: request.getId(),
      state: revealProps(decode(request.getOlds())),
      oldInputs: revealProps(decode(request.getOldInputs())),
      inputs: revealProps(decode(request.getNews())),
    };
    const found = differences({ contract: this.provider.contract, resource: contract, rules, change });
    await resource.diff?.(change, found);
    for (const ignored of request.getIgnorechangesList()) {
      found.delete(ignored);
    }

    const replaces = replacing(found);
    const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
    const response = new messages.DiffResponse()
      .setChanges(found.size > 0 ? DIFF_SOME : DIFF_NONE)
      .setDiffsList([...new Set([...found.keys()].map((path) => path.split(/[.[]/, 1)[0] as string))])
      .setReplacesList(replaces)
      .setDeletebeforereplace(replaces.length > 0 && deletesBeforeReplace(rules, change.inputs))
      .setHasdetaileddiff(true);
    for (const [path, { kind, replace }] of found) {
      const name =
        `${kind.toUpperCase()}${replace ? "_REPLACE" : ""}` as keyof typeof messages.PropertyDiff.Kind;
      response
        .getDetaileddiffMap()
        .set(path, new messages.PropertyDiff().setKind(messages.PropertyDiff.Kind[name]));
    }
    return response;
  }

  async create(request: messages.CreateRequest): Promise<messages.CreateResponse> {
    const { context, contract, resource, rules } = this.subject(request.getUrn());
    const inputs = decode(request.getProperties());
    const plain = revealProps(inputs);
    const response = new messages.CreateResponse();
    if (request.getPreview()) {
      const promised = (await this.promised(resource, context, plain)) ?? {};
      return response.setProperties(encode(previewCreate(contract, rules, inputs, promised)));
    }
    await this.ready();
    const complete = (outputs: Props) => encode(finish(contract, rules, outputs, inputs));
    try {
      const { id, outputs } = await resource.create(context, { ...rules.defaults, ...plain });
      return response.setId(id).setProperties(complete({ ...rules.defaults, ...outputs }));
    } catch (error) {
      throw rpcError(error, complete);
    }
  }

  async read(request: messages.ReadRequest): Promise<messages.ReadResponse> {
    const { context, contract, resource, rules } = this.subject(request.getUrn());
    await this.ready();
    const state = decode(request.getProperties());
    const inputs = decode(request.getInputs());
    const plain = revealProps(state);
    const found = await resource.read(context, request.getId(), plain, revealProps(inputs));
    const response = new messages.ReadResponse();
    if (!found) {
      return response; // no id: gone
    }
    const outputs = { ...plain, ...found.outputs };
    const newInputs = readInputs(contract, rules, outputs, inputs);
    const marks = { ...state, ...inputs };
    return response
      .setId(found.id)
      .setProperties(encode(finish(contract, rules, outputs, marks)))
      .setInputs(encode(newInputs));
  }

  async update(request: messages.UpdateRequest): Promise<messages.UpdateResponse> {
    const { context, contract, resource, rules } = this.subject(request.getUrn());
    const inputs = decode(request.getNews());
    const change: Change = {
      id: request.getId(),
      state: revealProps(decode(request.getOlds())),
      oldInputs: revealProps(decode(request.getOldInputs())),
      inputs: revealProps(inputs),
    };
    const response = new messages.UpdateResponse();
    if (request.getPreview()) {
      const promised = (await this.promised(resource, context, change.inputs)) ?? {};
      return response.setProperties(encode(previewUpdate(contract, rules, change.state, inputs, promised)));
    }
    await this.ready();
    const complete = (outputs: Props) => encode(finish(contract, rules, outputs, inputs));
    try {
      const wanted = { ...change, inputs: { ...rules.defaults, ...change.inputs } };
      const outputs = await resource.update(context, wanted);
      return response.setProperties(complete({ ...rules.defaults, ...outputs }));
    } catch (error) {
      throw rpcError(error, complete);
    }
  }

  async delete(request: messages.DeleteRequest): Promise<Empty> {
    const { context, resource } = this.subject(request.getUrn());
    await this.ready();
    await resource.delete(context, request.getId(), revealProps(decode(request.getProperties())));
    return new Empty();
  }

  private async promised(resource: Resource, context: Context, inputs: Props): Promise<Props | undefined> {
    return this.settingsUnknown ? {} : resource.preview?.(context, inputs);
  }

  private async ready(): Promise<void> {
    if (this.settingsUnknown) {
      throw new Error(`the configuration of the ${this.provider.contract.package} provider is not known yet`);
    }
    await this.configured;
  }

  private subject(urn: string): Subject {
    const parts = urn.split("::");
    const type = (parts[2] ?? "").split("$").at(-1) as string;
    const name = parts.slice(3).join("::");
    const resource = this.provider.resources[type];
    const contract = this.provider.contract.resources[type];
    if (!resource || !contract) {
      const served = Object.keys(this.provider.resources).join(", ");
      throw new Error(
        `the stand-in for the ${this.provider.contract.package} plugin does not serve ${type}; it serves ${served}`,
      );
    }
    const log = engineLog(this.engineAddress, urn);
    return {
      context: { urn, name, type, log, signal: this.abort.signal },
      contract,
      resource,
      rules: resource.rules ?? {},
    };
  }
}
