import { mkdtemp, writeFile } from "node:fs/promises";
import path from "node:path";
import tls from "node:tls";
import { type Environment, openRunLog } from "@tag-to-endpoint/journey";
import { root } from "@tag-to-endpoint/toolchain";
import { clientVariables } from "../processes.ts";
import type { StackRecord } from "../register.ts";
import type { Recorder } from "./recorder/recorder.ts";
import type { AccountsSettings, Credentials } from "./settings.ts";

/** Variables that a stack hands on of those that its command was started with. */
const HANDED_ON = ["HEROKU_REGISTRY", "MLOPS_BASE_IMAGE"];

/** What the programs of a stack get: the accounts, and where there is one, the way through the recorder. */
export async function environmentOn(
  { stack, folder, logs = path.join(folder, "logs") }: StackRecord,
  { gitlabUrl, herokuUrl }: AccountsSettings,
  credentials: Credentials & NodeJS.Dict<string>,
  recorder?: Recorder,
): Promise<Environment> {
  const { GITLAB_TOKEN, HEROKU_API_KEY } = credentials;
  const handedOn = HANDED_ON.flatMap((name) => {
    const value = credentials[name];
    return value ? [[name, value]] : [];
  });
  const env: Record<string, string> = {
    GITLAB_BASE_URL: gitlabUrl,
    HEROKU_API_URL: herokuUrl,
    GITLAB_TOKEN,
    HEROKU_API_KEY,
    ...clientVariables(folder),
    ...Object.fromEntries(handedOn),
    ...(recorder && (await through(recorder, folder))),
  };
  return { root, stack, log: openRunLog(logs), workFolder: path.join(folder, "work"), env };
}

/**
 * Variables that lead Node.js, Go, git and curl through the recorder. In capitals only: gRPC in Node.js reads the small
 * ones, and would lead Pulumi's own connections astray.
 */
async function through({ url, certificate }: Recorder, folder: string): Promise<Record<string, string>> {
  // Each recorder has a certificate of its own.
  const place = await mkdtemp(path.join(folder, "recorder-"));
  const own = path.join(place, "recorder.pem");
  const all = path.join(place, "certificates.pem");
  await writeFile(own, certificate);
  // Go and git take one file for all that they trust.
  await writeFile(all, [...tls.getCACertificates("default"), certificate].join("\n"));
  // No other proxy, and no host that is spared this one: a request that goes past the recorder is in no ledger. An empty
  // variable would be one of them to some clients, so they are taken from what every program inherits.
  for (const name of ["http_proxy", "https_proxy", "grpc_proxy", "no_proxy", "NO_PROXY"])
    delete process.env[name];
  return {
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    NODE_USE_ENV_PROXY: "1",
    NODE_EXTRA_CA_CERTS: own,
    SSL_CERT_FILE: all,
    GIT_SSL_CAINFO: all,
    CURL_CA_BUNDLE: all,
  };
}
