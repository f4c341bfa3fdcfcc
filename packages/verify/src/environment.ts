import { writeFile } from "node:fs/promises";
import path from "node:path";
import tls from "node:tls";
import { type Environment, openRunLog } from "@tag-to-endpoint/journey";
import { root } from "@tag-to-endpoint/toolchain";
import type { Recorder } from "./recorder/recorder.ts";
import { type Credentials, folderOf, type RunSettings, stackOf } from "./run.ts";

/** Variables that a run hands on of those that it was started with. */
const HANDED_ON = ["HEROKU_REGISTRY", "MLOPS_BASE_IMAGE"];

/** What the programs of a run get: the accounts, and where there is one, the way through the recorder. */
export async function environmentOf(
  settings: RunSettings,
  credentials: Credentials & NodeJS.Dict<string>,
  recorder?: Recorder,
): Promise<Environment> {
  const { id, gitlabUrl, herokuUrl } = settings;
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
    ...Object.fromEntries(handedOn),
    ...(recorder && (await through(recorder, folderOf(id)))),
  };
  return {
    root,
    stack: stackOf(id),
    log: openRunLog(path.join(folderOf(id), "logs")),
    workFolder: path.join(folderOf(id), "work"),
    env,
  };
}

/**
 * Variables that lead Node.js, Go, git and curl through the recorder. In capitals only: gRPC in Node.js reads the small
 * ones, and would lead Pulumi's own connections astray.
 */
async function through({ url, certificate }: Recorder, folder: string): Promise<Record<string, string>> {
  const own = path.join(folder, "recorder.pem");
  const all = path.join(folder, "certificates.pem");
  await writeFile(own, certificate);
  // Go and git take one file for all that they trust.
  await writeFile(all, [...tls.getCACertificates("default"), certificate].join("\n"));
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
