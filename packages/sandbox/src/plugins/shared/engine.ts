/** Messages to the engine, which shows them beside the resource. */
import * as grpc from "@grpc/grpc-js";
import engineRpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/engine_pb.js";
import type { Empty } from "google-protobuf/google/protobuf/empty_pb.js";
import type { Log } from "./provider.ts";

interface EngineClient {
  log(
    request: messages.LogRequest,
    callback: (error: grpc.ServiceError | null, response: Empty) => void,
  ): void;
}

const clients = new Map<string, EngineClient>();

function client(address: string): EngineClient {
  let known = clients.get(address);
  if (!known) {
    const Client = engineRpc.EngineClient as unknown as new (
      address: string,
      credentials: grpc.ChannelCredentials,
    ) => EngineClient;
    known = new Client(address, grpc.credentials.createInsecure());
    clients.set(address, known);
  }
  return known;
}

/** The log of one resource. A message that cannot be delivered is dropped: the work itself goes on. */
export function engineLog(address: string | undefined, urn: string): Log {
  const send = (severity: messages.LogSeverity, message: string, ephemeral: boolean): Promise<void> => {
    if (!address || message === "") {
      return Promise.resolve();
    }
    const request = new messages.LogRequest()
      .setSeverity(severity)
      .setMessage(message)
      .setUrn(urn)
      .setEphemeral(ephemeral);
    return new Promise((resolve) => client(address).log(request, () => resolve()));
  };
  const { INFO, WARNING } = messages.LogSeverity;
  return {
    status: (message) => send(INFO, message, true),
    info: (message) => send(INFO, message, false),
    warn: (message) => send(WARNING, message, false),
  };
}
