/**
 * `pulumi-language-nodejs`: a small Pulumi language host for Node.js programs.
 *
 * The official host ships inside Pulumi's CLI download. This one stands in where that download is impossible
 * and the CLI was built from its Go module, which does not contain the host. It honours `runtime.options` of
 * Pulumi.yaml (`typescript`, `nodeargs`) and runs programs and plugins with the `@pulumi/pulumi` package of the
 * project itself, exactly as the official host does.
 *
 * Protocol: the engine starts it with its own gRPC address as the last argument, reads the port of this
 * server from the first line on stdout, and talks `pulumirpc.LanguageRuntime` to it.
 */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { exitWithParent } from "@tag-to-endpoint/sandbox/plugins/exit-with-parent";
import { languageRuntime } from "./service.ts";

const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

const engineAddress = process.argv.slice(2).findLast((argument) => !argument.startsWith("-")) ?? "";
const server = new Server({
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
});
server.addService(languageGrpc.LanguageRuntimeService, languageRuntime(engineAddress));
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    process.stderr.write(`pulumi-language-nodejs: cannot listen on loopback: ${error.message}\n`);
    process.exit(1);
  }
  process.stdout.write(`${port}\n`);
});

exitWithParent();
process.on("SIGTERM", () => process.exit(0));
