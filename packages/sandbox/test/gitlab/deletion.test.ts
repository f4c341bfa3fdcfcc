/** Delayed deletion: https://docs.gitlab.com/api/projects/#delete-a-project */
import { afterEach, describe, expect, test } from "vitest";
import type { ConditionsInput } from "../../src/core/conditions.ts";
import { type Lab, type Project, run, startLab } from "./harness.ts";

let lab: Lab;
afterEach(() => lab.close());
const start = async (conditions: ConditionsInput = {}) => {
  lab = await startLab(conditions);
};
const show = (id: number | string) => lab.call<Project>("GET", `/projects/${encodeURIComponent(id)}`);
const remove = (id: number, query = "") => lab.call("DELETE", `/projects/${id}${query}`);
const accepted = { status: 202, body: { message: "202 Accepted" } };

describe("a deleted project", () => {
  test("is renamed, marked and readable, and its path is free at once", async () => {
    await start();
    const first = await lab.project("twice", { initialize_with_readme: true });
    expect(await remove(first.id)).toMatchObject(accepted);
    const path = `twice-deletion_scheduled-${first.id}`;
    const today = new Date().toISOString().slice(0, 10);
    expect((await show(first.id)).body).toMatchObject({
      name: path,
      path,
      path_with_namespace: `root/${path}`,
      marked_for_deletion_on: today,
      marked_for_deletion_at: today,
      archived: false,
      empty_repo: false,
    });
    expect(await remove(first.id)).toMatchObject({
      status: 400,
      body: { message: "Project has been already marked for deletion" },
    });
    expect(await lab.ok("GET", "/projects?active=true")).toEqual([]);
    const second = await lab.project("twice");
    expect((await show("root/twice")).body).toMatchObject({ id: second.id, marked_for_deletion_on: null });
    expect((await lab.clone(first)).dir).toBeTruthy();
  });

  test("is where its old path leads, for reading alone", async () => {
    await start();
    const project = await lab.project("moved");
    await remove(project.id);
    const url = `${lab.service.apiUrl}/projects/root%2Fmoved/pipelines?per_page=1`;
    const answer = await fetch(url, {
      redirect: "manual",
      headers: { "private-token": lab.service.adminToken },
    });
    expect(answer.status).toBe(301);
    expect(answer.headers.get("location")).toBe(
      `${lab.service.apiUrl}/projects/${project.id}/pipelines?per_page=1`,
    );
    expect((await show("root/moved")).body).toMatchObject({ id: project.id });
    expect(await lab.call("PUT", "/projects/root%2Fmoved", { description: "d" })).toMatchObject({
      status: 405,
      body: { message: "Non GET methods are not allowed for moved projects" },
    });
  });

  test("is removed by asking once more, with its path", async () => {
    await start();
    const project = await lab.project("gone");
    const path = `root/gone-deletion_scheduled-${project.id}`;
    const again = (full: string) =>
      remove(project.id, `?permanently_remove=true&full_path=${encodeURIComponent(full)}`);
    expect(await again("root/gone")).toMatchObject({
      status: 400,
      body: { message: "Project must be marked for deletion first." },
    });
    await remove(project.id);
    expect(await again("root/gone")).toMatchObject({
      status: 400,
      body: { message: "`full_path` is incorrect. You must enter the complete path for the project." },
    });
    expect(await again(path)).toMatchObject(accepted);
    expect((await show(project.id)).status).toBe(404);
    expect((await show("root/gone")).status).toBe(404);
  });

  test("comes back by its old name, or by another where that was taken", async () => {
    await start();
    const restore = (id: number) => lab.call<Project>("POST", `/projects/${id}/restore`);
    const project = await lab.project("back");
    expect(await restore(project.id)).toMatchObject({
      status: 400,
      body: { message: "Project has not been marked for deletion" },
    });
    await remove(project.id);
    expect(await restore(project.id)).toMatchObject({
      status: 201,
      body: { path_with_namespace: "root/back", name: "back", marked_for_deletion_on: null },
    });
    await remove(project.id);
    await lab.project("back");
    expect((await restore(project.id)).body.path).toMatch(/^back-\w{5}$/);
  });

  test("is for owners to delete", async () => {
    await start();
    const project = await lab.project("kept");
    const maintainer = await lab.member(project, "maintainer", 40);
    expect((await lab.call("DELETE", `/projects/${project.id}`, undefined, maintainer.token)).status).toBe(
      403,
    );
  });
});

describe("a project with images", () => {
  /** Pushes the sandbox's own base image by docker, with a configuration of its own. */
  async function pushImage(name: string): Promise<void> {
    const env = { DOCKER_CONFIG: `${lab.folder}/docker` };
    const image = `${lab.service.registryHost}/root/${name}:1`;
    const docker = async (...args: string[]) => {
      const { code, stderr } = await run("docker", args, lab.folder, env);
      if (code !== 0) throw new Error(stderr);
    };
    await docker(
      "login",
      "--username",
      "root",
      "--password",
      lab.service.adminToken,
      lab.service.registryHost,
    );
    await docker("tag", lab.ctx.images.base, image);
    await docker("push", "--quiet", image);
    await docker("rmi", image);
  }
  const images = async (id: number) =>
    (await lab.ok<{ path: string }[]>("GET", `/projects/${id}/registry/repositories`)).map(
      ({ path }) => path,
    );

  test("takes them along, and whoever takes its path has none of them", { timeout: 120_000 }, async () => {
    await start();
    const first = await lab.project("pictures");
    await pushImage("pictures");
    await remove(first.id);
    const second = await lab.project("pictures");
    expect(await images(first.id)).toEqual([`root/pictures-deletion_scheduled-${first.id}`]);
    expect(await images(second.id)).toEqual([]);
  });

  test("is not deleted where the registry cannot rename them", { timeout: 120_000 }, async () => {
    await start({ gitlab: { registryRenames: false } });
    const project = await lab.project("stuck");
    await pushImage("stuck");
    expect(await remove(project.id)).toMatchObject({
      status: 400,
      body: { message: "Cannot rename or delete project because it contains container registry tags!" },
    });
    expect((await show("root/stuck")).body).toMatchObject({ id: project.id, marked_for_deletion_on: null });
  });
});

describe("older instances", () => {
  test("of a paid tier keep the path, so that the name stays taken", async () => {
    await start({ gitlab: { deletion: "marked" } });
    const project = await lab.project("held");
    expect(await remove(project.id)).toMatchObject(accepted);
    expect((await show("root/held")).body).toMatchObject({
      id: project.id,
      path: "held",
      marked_for_deletion_on: expect.stringMatching(/^\d{4}-/),
    });
    expect(await lab.call("POST", "/projects", { name: "held" })).toMatchObject({
      status: 400,
      body: { message: { path: ["has already been taken"] } },
    });
    expect(await remove(project.id, "?permanently_remove=true&full_path=root%2Fheld")).toMatchObject(
      accepted,
    );
    expect((await lab.call("POST", "/projects", { name: "held" })).status).toBe(201);
  });

  test("of no paid tier remove at once", async () => {
    await start({ gitlab: { deletion: "immediate" } });
    const project = await lab.project("away");
    expect(await remove(project.id)).toMatchObject(accepted);
    expect((await show(project.id)).status).toBe(404);
  });
});
