import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Gitlab } from "@gitbeaker/rest";
import { expect, it } from "vitest";
import { requester } from "../../src/plugins/gitlab/requester.ts";

it("sends what a write says in its body, where entries of a list stay apart", async () => {
  const seen: { url: string; body: string }[] = [];
  const server = createServer(async (request, response) => {
    seen.push({ url: request.url ?? "", body: await text(request) });
    response.writeHead(201, { "content-type": "application/json" }).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const api = new Gitlab({ host: `http://127.0.0.1:${port}`, token: "t", requesterFn: requester });
  const allowed_to_push = [{ access_level: 40 }, { deploy_key_id: 1 }, { deploy_key_id: 2 }];
  await api.ProtectedBranches.protect(7, "main", { allowed_to_push } as never);
  server.close();
  expect(seen[0]?.url).toBe("/api/v4/projects/7/protected_branches");
  expect(JSON.parse(seen[0]?.body ?? "")).toEqual({ name: "main", allowed_to_push });
});
