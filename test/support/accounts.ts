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
