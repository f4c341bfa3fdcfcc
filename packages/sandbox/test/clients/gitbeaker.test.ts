import { Gitlab } from "@gitbeaker/rest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "../gitlab/harness.ts";

let lab: Lab;
let api: InstanceType<typeof Gitlab>;
beforeAll(async () => {
  lab = await startLab();
  api = new Gitlab({ host: lab.service.url, token: lab.service.adminToken });
});
afterAll(() => lab.close());

test("the client that the stand-in plugins use gets through a project's life", async () => {
  const project = await api.Projects.create({ name: "beaker", initializeWithReadme: true });
  expect(project.path_with_namespace).toBe("root/beaker");
  expect((await api.Projects.show("root/beaker")).id).toBe(project.id);
  await api.Projects.edit(project.id, { description: "new", sharedRunnersEnabled: true });

  const made = await api.ProjectVariables.create(project.id, "KEY", "value-long-1", {
    masked: true,
    protected: true,
  });
  expect(made).toMatchObject({ key: "KEY", masked: true, protected: true });
  expect(await api.ProjectVariables.show(project.id, "KEY")).toMatchObject({ value: "value-long-1" });
  await api.ProjectVariables.edit(project.id, "KEY", "value-long-2", { filter: { environment_scope: "*" } });
  expect(await api.ProjectVariables.all(project.id)).toMatchObject([{ value: "value-long-2" }]);
  await api.ProjectVariables.remove(project.id, "KEY");
  await expect(api.ProjectVariables.show(project.id, "KEY")).rejects.toMatchObject({
    cause: { response: { status: 404 } },
  });

  await api.ProtectedTags.create(project.id, "v*", { createAccessLevel: 40 });
  expect(await api.ProtectedTags.show(project.id, "v*")).toMatchObject({ name: "v*" });
  await expect(api.ProtectedTags.create(project.id, "v*")).rejects.toMatchObject({
    cause: { response: { status: 409 } },
  });
  await api.ProtectedTags.remove(project.id, "v*");

  expect(await api.ProtectedBranches.show(project.id, "main")).toMatchObject({ allow_force_push: false });
  await api.ProtectedBranches.edit(project.id, "main", { allowForcePush: true });
  expect(await api.ProtectedBranches.all(project.id)).toMatchObject([{ allow_force_push: true }]);

  const day = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  const token = await api.ProjectAccessTokens.create(project.id, "t", ["write_repository"], day, {
    accessLevel: 40,
  });
  expect(token).toMatchObject({ expires_at: day, access_level: 40 });
  expect(await api.ProjectAccessTokens.show(project.id, token.id)).toMatchObject({ active: true });
  const rotated = await api.ProjectAccessTokens.rotate(project.id, token.id, { expiresAt: day });
  await api.ProjectAccessTokens.revoke(project.id, rotated.id);

  expect(await api.Users.showCurrentUser()).toMatchObject({ username: "root" });
  expect(await api.Projects.all({ perPage: 1, search: "beaker" })).toHaveLength(1);
  await api.Projects.remove(project.id);
  const { path_with_namespace: path } = await api.Projects.show(project.id);
  await api.Projects.remove(project.id, { permanentlyRemove: true, fullPath: String(path) });
  await expect(api.Projects.show(project.id)).rejects.toMatchObject({
    cause: { description: "404 Project Not Found" },
  });
});
