/**
 * The gRPC side of a plugin: Pulumi's ResourceProvider service on the stubs that `@pulumi/pulumi` ships.
 * The package's own `provider` server hands a provider neither its configuration nor previews, old inputs or
 * detailed differences, so this small glue serves the same protocol in full.
 * https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto
 */
import * as grpc from "@grpc/grpc-js";
import type plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import providerRpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type messages from "@pulumi/pulumi/proto/provider_pb.js";
import { rpcError } from "./errors.ts";
import { exitWithParent } from "./exit-with-parent.ts";
import type { Provider } from "./provider.ts";
import { Session } from "./session.ts";

const MAX_MESSAGE = 400 * 1024 * 1024;

type Unary<Request, Response> = (request: Request) => Promise<Response> | Response;

/** Serves a provider until the engine ends it. Prints the port that it listens on, as the engine expects. */
export async function serve(provider: Provider, args: string[] = process.argv.slice(2)): Promise<void> {
  const engineAddress = args.findLast((argument) => !argument.startsWith("-"));
  const server = new grpc.Server({
    "grpc.max_receive_message_length": MAX_MESSAGE,
    "grpc.max_send_message_length": MAX_MESSAGE,
  });
  server.addService(
    providerRpc.ResourceProviderService as unknown as grpc.ServiceDefinition,
    handlers(provider, engineAddress),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  process.stdout.write(`${port}\n`);
  exitWithParent();
}

function handlers(provider: Provider, engineAddress: string | undefined): grpc.UntypedServiceImplementation {
  const session = new Session(provider, engineAddress);
  const unary =
    <Request, Response>(handle: Unary<Request, Response>): grpc.handleUnaryCall<Request, Response> =>
    (call, callback) => {
      Promise.resolve()
        .then(() => handle(call.request))
        .then(
          (response) => callback(null, response),
          (error: unknown) => callback(rpcError(error)),
        );
    };
  return {
    handshake: unary((request: messages.ProviderHandshakeRequest) => session.handshake(request)),
    attach: unary((request: plugin.PluginAttach) => session.attach(request.getAddress())),
    getPluginInfo: unary(() => session.pluginInfo()),
    getSchema: unary(() => session.schema()),
    checkConfig: unary((request: messages.CheckRequest) => session.checkConfig(request)),
    diffConfig: unary((request: messages.DiffRequest) => session.diffConfig(request)),
    configure: unary((request: messages.ConfigureRequest) => session.configure(request)),
    check: unary((request: messages.CheckRequest) => session.check(request)),
    diff: unary((request: messages.DiffRequest) => session.diff(request)),
    create: unary((request: messages.CreateRequest) => session.create(request)),
    read: unary((request: messages.ReadRequest) => session.read(request)),
    update: unary((request: messages.UpdateRequest) => session.update(request)),
    delete: unary((request: messages.DeleteRequest) => session.delete(request)),
    cancel: unary(() => session.cancel()),
  };
}
