import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, type Project, startLab } from "./harness.ts";

let lab: Lab;
let project: Project;
let base: string;
beforeAll(async () => {
  lab = await startLab();
  project = await lab.project("variables");
  base = `/projects/${project.id}/variables`;
});
afterAll(() => lab.close());

test("a variable is made, read, changed and removed", async () => {
  expect(await lab.ok("POST", base, { key: "A", value: "1" })).toEqual({
    variable_type: "env_var",
    key: "A",
    value: "1",
    protected: false,
    masked: false,
    hidden: false,
    raw: false,
    environment_scope: "*",
    description: null,
  });
  expect(await lab.ok("PUT", `${base}/A`, { value: "2", protected: true })).toMatchObject({
    value: "2",
    protected: true,
  });
  expect(await lab.call("POST", base, { key: "A", value: "1" })).toMatchObject({
    status: 400,
    body: { message: { key: ["(A) has already been taken"] } },
  });
  expect((await lab.call("DELETE", `${base}/A`)).status).toBe(204);
  expect(await lab.call("GET", `${base}/A`)).toMatchObject({
    status: 404,
    body: { message: "404 Variable Not Found" },
  });
});

test("names and missing parameters are checked", async () => {
  expect((await lab.call("POST", base, { value: "x" })).body).toEqual({ error: "key is missing" });
  expect((await lab.call("POST", base, { key: "x" })).body).toEqual({ error: "value is missing" });
  expect((await lab.call("POST", base, { key: "a-b", value: "x" })).body).toEqual({
    message: { key: ["can contain only letters, digits and '_'."] },
  });
});

test.each([
  ["short", false, 400],
  ["with space in it", false, 400],
  ["two\nlines-of-text", false, 400],
  ["dollar$sign123", false, 400],
  ["dollar$sign123", true, 201],
  ["with space in it", true, 400],
  ["http://user:glpat-abc@127.0.0.1:8929/root/x.git", false, 201],
])("masking %j (raw: %s) gives %i", async (value, raw, status) => {
  const answer = await lab.call("POST", base, { key: "MASK", value, masked: true, raw });
  expect(answer.status).toBe(status);
  if (status === 201) await lab.ok("DELETE", `${base}/MASK`);
  else expect(answer.body).toEqual({ message: { value: ["is invalid"] } });
});

test("a masked variable cannot get a value that could not be masked", async () => {
  await lab.ok("POST", base, { key: "M", value: "long-enough-1", masked: true });
  expect((await lab.call("PUT", `${base}/M`, { value: "short" })).status).toBe(400);
  expect(await lab.ok("GET", `${base}/M`)).toMatchObject({ value: "long-enough-1" });
});

test("a hidden variable never shows its value and stays hidden", async () => {
  const made = await lab.ok("POST", base, { key: "H", value: "hidden-value-1", masked_and_hidden: true });
  expect(made).toMatchObject({ value: null, masked: true, hidden: true });
  expect(await lab.ok("GET", `${base}/H`)).toMatchObject({ value: null });
  expect((await lab.call("GET", base)).text).not.toContain("hidden-value-1");
  expect((await lab.call("PUT", `${base}/H`, { masked: false })).status).toBe(400);
  expect(await lab.ok("PUT", `${base}/H`, { value: "hidden-value-2" })).toMatchObject({
    value: null,
    hidden: true,
  });
});

test("environment scopes tell variables of one name apart", async () => {
  await lab.ok("POST", base, { key: "S", value: "all" });
  await lab.ok("POST", base, { key: "S", value: "prod", environment_scope: "production" });
  expect((await lab.call("GET", `${base}/S`)).status).toBe(409);
  const filter = "filter[environment_scope]=production";
  expect(await lab.ok("GET", `${base}/S?${filter}`)).toMatchObject({ value: "prod" });
  await lab.ok("PUT", `${base}/S`, { value: "new", filter: { environment_scope: "production" } });
  expect(await lab.ok("GET", `${base}/S?${filter}`)).toMatchObject({ value: "new" });
  expect((await lab.call("DELETE", `${base}/S?${filter}`)).status).toBe(204);
  expect(await lab.ok("GET", `${base}/S`)).toMatchObject({ value: "all" });
});

test("instance variables hold the images of this machine", async () => {
  expect(await lab.ok("GET", "/admin/ci/variables/PYTHON_IMAGE")).toMatchObject({
    value: lab.ctx.images.ciPython,
  });
  expect(await lab.ok("GET", "/admin/ci/variables/DOCKER_CLI_IMAGE")).toMatchObject({
    value: lab.ctx.images.ciDocker,
  });
});
