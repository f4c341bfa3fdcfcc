/** One call of a service by the account that is in the stack's state. */
import { redact } from "../../lib/credentials/patterns.ts";
import { herokuCall } from "../../lib/heroku/client.ts";
import type { Account } from "../../lib/http/account.ts";
import { patientRequest } from "../../lib/http/patience.ts";
import type { HttpResponse } from "../../lib/http/request.ts";
import { accountsIn } from "../cli/accounts.ts";
import { storedResources } from "../cli/stored-resources.ts";

export interface ApiCall {
  readonly service: "gitlab" | "heroku";
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** Makes the call. @returns the status @throws with what the service said when it refuses */
export async function callApi(stack: string, call: ApiCall): Promise<number> {
  const { service, method, path } = call;
  const accounts = accountsIn(await storedResources(stack));
  const answer = await answerOf(accounts[service], call);
  if (answer.status < 300) return answer.status;
  throw new Error(
    `${service} answered ${answer.status} to ${method} ${path}: ${redact(answer.text).slice(0, 500)}`,
  );
}

function answerOf(account: Account, { service, method, path, body }: ApiCall): Promise<HttpResponse> {
  if (service === "heroku") return herokuCall(account, path, { method, ...(body !== undefined && { body }) });
  return patientRequest(`${account.url}${path}`, {
    method,
    headers: { "PRIVATE-TOKEN": account.token },
    ...(body !== undefined && { body }),
  });
}
