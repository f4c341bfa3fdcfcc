/** A container registry. https://distribution.github.io/distribution/spec/api/ */
import { isLoopback } from "../../lib/http/loopback.ts";
import { type PatientRequest, patientRequest } from "../../lib/http/patience.ts";
import { type HttpResponse, jsonOf } from "../../lib/http/request.ts";
import type { RegistryLogin } from "./docker.ts";

export interface Registry {
  /** One request, whatever the status; the path is below `/v2/`. */
  ask(path: string, options?: PatientRequest): Promise<HttpResponse>;
}

/**
 * Logs in to a registry for some of its repositories: by a token where it names a service that gives one, else with the
 * log-in itself. https://distribution.github.io/distribution/spec/auth/token/
 * As docker does, it asks a registry on this machine in plain HTTP and any other in HTTPS.
 * @param actions what is to be allowed, by the repository: `{ "ml/mlserver/training": "pull" }`
 * @throws where the log-in is refused
 */
export async function openRegistry(
  { server, username, password }: RegistryLogin,
  actions: Readonly<Record<string, string>>,
): Promise<Registry> {
  const url = `${isLoopback(new URL(`http://${server}`).hostname) ? "http" : "https"}://${server}/v2/`;
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const challenge = (await patientRequest(url)).headers["www-authenticate"] ?? "";
  const authorization = /^bearer /i.test(challenge) ? await bearer(challenge, basic, actions, server) : basic;
  return {
    ask: (path, options = {}) =>
      patientRequest(url + path, {
        ...options,
        headers: { ...options.headers, Authorization: authorization },
      }),
  };
}

async function bearer(
  challenge: string,
  basic: string,
  actions: Readonly<Record<string, string>>,
  server: string,
): Promise<string> {
  const { realm = "", service = "" } = Object.fromEntries(
    Array.from(challenge.matchAll(/(\w+)="([^"]*)"/g), ([, name = "", value]) => [name, value]),
  );
  const address = new URL(realm);
  address.searchParams.set("service", service);
  for (const [repository, wanted] of Object.entries(actions)) {
    address.searchParams.append("scope", `repository:${repository}:${wanted}`);
  }
  const answer = await patientRequest(address, { headers: { Authorization: basic } });
  const { token, access_token: other } = (jsonOf(answer) ?? {}) as { token?: string; access_token?: string };
  if (answer.status !== 200 || !(token ?? other)) {
    throw new Error(`The registry ${server} refuses the log-in: ${address.host} answered ${answer.status}`);
  }
  return `Bearer ${token ?? other}`;
}
