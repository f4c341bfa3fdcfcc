/** Projects that a destroy had marked for deletion before its answer was lost: GitLab refuses to do it again. */
import { afterEach, expect, it } from "vitest";
import { markedProjects } from "../../../operations/repair/marked-projects.ts";
import type { State } from "../../../operations/repair/state.ts";
import { type Answers, serve } from "../../support/server.ts";

let close: (() => Promise<unknown>) | undefined;
afterEach(async () => close?.());

const project = (id: string, inputs = {}) => ({
  urn: `urn:pulumi:dev::mlops::gitlab:index/project:Project::p${id}`,
  type: "gitlab:index/project:Project",
  id,
  inputs,
  outputs: { pathWithNamespace: `ml/p${id}` },
});

async function look(answers: Answers, ...resources: State["resources"]) {
  const server = await serve(answers);
  close = server.close;
  const found = await markedProjects({ url: server.url, token: "secret" }, { resources });
  return { found, server };
}

it.each([
  ["marked", { marked_for_deletion_on: "2026-01-01", path_with_namespace: "ml/p1-deleted-1" }, 1],
  [
    "marked, as older versions tell",
    { marked_for_deletion_at: "2026-01-01", path_with_namespace: "ml/p1" },
    1,
  ],
  ["there", { marked_for_deletion_on: null, path_with_namespace: "ml/p1" }, 0],
])("%s", async (_, body, count) => {
  const { found } = await look({ "GET /projects/1": [200, body] }, project("1"));
  expect(found).toHaveLength(count);
});

it("is told by its path, and only dropped from the state", async () => {
  const answer = { marked_for_deletion_on: "2026-01-01", path_with_namespace: "ml/p1-deleted-1" };
  const { found, server } = await look({ "GET /projects/1": [200, answer] }, project("1"));
  expect(found.map(({ urn, words }) => [urn, words])).toEqual([
    [project("1").urn, "dropped project ml/p1, which GitLab has marked for deletion"],
  ]);
  await found[0]?.finish();
  expect(server.received.map(({ method }) => method)).toEqual(["GET"]);
});

it("is removed for good where the stack says so", async () => {
  const answer = { marked_for_deletion_on: "2026-01-01", path_with_namespace: "ml/p1-deleted-1" };
  const removal = "DELETE /projects/1?permanently_remove=true&full_path=ml%2Fp1-deleted-1";
  const { found, server } = await look(
    { "GET /projects/1": [200, answer], [removal]: [202] },
    project("1", { permanentlyDeleteOnDestroy: true }),
  );
  await found[0]?.finish();
  expect(server.received.map(({ method, path }) => `${method} ${path}`)).toContain(removal);
});

it("is nothing where GitLab does not know the project", async () => {
  const { found } = await look({}, project("1"));
  expect(found).toEqual([]);
});
