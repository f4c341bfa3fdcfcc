import { type Environment, gitlab, required } from "@tag-to-endpoint/journey";
import type { Sandbox } from "@tag-to-endpoint/sandbox";

/** What a sandbox that plays somebody's accounts has with that in its name. */
export async function thereOf({ env }: Pick<Sandbox, "env">, id: string): Promise<string[]> {
  const { GITLAB_BASE_URL, GITLAB_TOKEN = "", HEROKU_API_URL, HEROKU_API_KEY } = env;
  const headers = {
    "private-token": GITLAB_TOKEN,
    authorization: `Bearer ${HEROKU_API_KEY}`,
    accept: "application/vnd.heroku+json; version=3",
  };
  const lists = await Promise.all(
    [`${GITLAB_BASE_URL}/projects`, `${HEROKU_API_URL}/apps`, `${HEROKU_API_URL}/oauth/authorizations`].map(
      async (url) => JSON.stringify(await (await fetch(url, { headers })).json()),
    ),
  );
  return lists.flatMap((list) => list.match(new RegExp(`[\\w-]*${id}[\\w-]*`, "g")) ?? []);
}

/** The accounts of the stack, for what is done by hand. */
export interface Accounts {
  api: ReturnType<typeof gitlab>;
  /** A call of Heroku's API that must succeed. */
  heroku(method: string, where: string, body?: object): Promise<unknown>;
}

export function accountsOf(environment: Environment): Accounts {
  return {
    api: gitlab(environment),
    heroku: (method, where, body) => herokuCall(environment, method, where, body),
  };
}

async function herokuCall(
  environment: Environment,
  method: string,
  where: string,
  body?: object,
): Promise<unknown> {
  const answer = await fetch(`${required(environment, "HEROKU_API_URL")}${where}`, {
    method,
    headers: {
      Accept: "application/vnd.heroku+json; version=3",
      "Content-Type": "application/json",
      Authorization: `Bearer ${required(environment, "HEROKU_API_KEY")}`,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
