import { get as getHttp } from "node:http";
import { get as getHttps } from "node:https";
import { json } from "node:stream/consumers";
import type { StackOutputs } from "../environment.ts";

/** Which versions of a model the app serves, and how long it took to say so, in milliseconds. */
export interface Served {
  readonly status: number;
  readonly versions: readonly string[];
  readonly milliseconds: number;
}

/**
 * Asks the app which versions of a model it serves: the metadata of the Open Inference Protocol (V2). A model that it does not
 * have has none. Rejects when the app cannot be reached.
 */
export async function servedVersions(outputs: StackOutputs, model: string): Promise<Served> {
  const url = new URL(`mlapi/v2/models/${model}`, outputs.appUrl);
  const since = performance.now();
  const { status, body } = await getJson(url);
  const milliseconds = performance.now() - since;
  const versions = status === 200 ? ((body as { versions?: string[] }).versions ?? []) : [];
  return { status, versions, milliseconds };
}

function getJson(url: URL): Promise<{ status: number; body: unknown }> {
  // Names below localhost are this machine's (RFC 6761), whatever its resolver says.
  const isLocal = url.hostname.endsWith(".localhost");
  const options = { headers: { host: url.host }, ...(isLocal && { hostname: "127.0.0.1" }) };
  const get = url.protocol === "https:" ? getHttps : getHttp;
  return new Promise((resolve, reject) => {
    const target = {
      ...options,
      path: url.pathname,
      port: url.port,
      hostname: options.hostname ?? url.hostname,
    };
    const request = get(target, (answer) => {
      json(answer).then(
        (body) => resolve({ status: answer.statusCode ?? 0, body }),
        () => resolve({ status: answer.statusCode ?? 0, body: undefined }),
      );
    });
    request.on("error", reject);
  });
}
