/** Errors as the engine understands them. */
import * as grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import status from "@pulumi/pulumi/proto/status_pb.js";
import { Any } from "google-protobuf/google/protobuf/any_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { UnfinishedError } from "./provider.ts";
import type { Props } from "./values.ts";

type RpcError = Partial<grpc.StatusObject> & { name: string; message: string };

/** Any error as a gRPC one. For an unfinished resource the state goes along, so that the engine keeps it. */
export function rpcError(error: unknown, complete?: (outputs: Props) => Struct): RpcError {
  if (
    typeof error === "object" &&
    error !== null &&
    "details" in error &&
    "code" in error &&
    "metadata" in error
  ) {
    return error as RpcError; // made here already
  }
  const message = error instanceof Error ? error.message : String(error);
  const result: RpcError = {
    name: "Error",
    message,
    code: grpc.status.UNKNOWN,
    details: message,
    metadata: new grpc.Metadata(),
  };
  if (error instanceof UnfinishedError && complete) {
    const failed = new messages.ErrorResourceInitFailed();
    failed.setId(error.id);
    failed.setProperties(complete(error.outputs));
    failed.setReasonsList([message]);
    const any = new Any();
    any.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const packed = new status.Status().setCode(grpc.status.UNKNOWN).setMessage(message);
    packed.addDetails(any);
    result.metadata?.add("grpc-status-details-bin", Buffer.from(packed.serializeBinary()));
  }
  return result;
}
