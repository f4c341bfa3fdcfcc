/**
 * Programs of infra/commands as the stack runs them: whatever a service answers, what they print holds no credential.
 * Pulumi's command provider shows a failing program's output in clear, also with `logging: none`.
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runToEnd } from "../../lib/process/run.ts";
import { root } from "../../lib/repository.ts";

const canaries = {
  HEROKU_API_KEY: "HRKU-canary-4711-of-heroku",
  GITLAB_TOKEN: "glpat-canary-4712-of-gitlab",
};
const forms = Object.values(canaries).flatMap((value) => [
  value,
  Buffer.from(value).toString("base64"),
  ...["", "oauth2"].map((user) => Buffer.from(`${user}:${value}`).toString("base64")),
]);

/** Says in its errors what it was sent, as some proxies do. */
let server: Server;
let url: string;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "tag-to-endpoint-commands-"));
  server = createServer((request, response) => {
    const { authorization = "" } = request.headers;
    const [, encoded = ""] = authorization.split(" ");
    const said = [authorization, Buffer.from(encoded, "base64").toString("utf8")].join(" = ");
    // git asks without credentials first.
    const status = authorization === "" ? 401 : 500;
    const headers = {
      "content-type": "text/plain",
      ...(status === 401 && { "www-authenticate": 'Basic realm="git"' }),
    };
    response.writeHead(status, headers).end(`refused: ${said}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const programs: readonly (readonly [program: string, argument: string])[] = [
  ["heroku-authorization", "create"],
  ["heroku-authorization", "update"],
  ["heroku-authorization", "delete"],
  ["seed-repository", "create"],
  ["first-release", "create"],
  ["release-pipeline", "create"],
  ["copy-image", "create"],
  ["ssh-key-pair", "none"],
];

it("every program is here", async () => {
  const folder = path.join(root, "infra/commands");
  const files = await readdir(folder);
  const started = files.filter((file) =>
    readFileSync(path.join(folder, file), "utf8").includes("import.meta.main"),
  );
  expect(started.map((file) => file.replace(".ts", "")).sort()).toEqual(
    [...new Set(programs.map(([program]) => program))].sort(),
  );
});

it.each(programs)("%s %s prints no credential when it fails", async (program, argument) => {
  const { code, stdout, stderr } = await runToEnd(
    process.execPath,
    [`infra/commands/${program}.ts`, argument],
    {
      cwd: root,
      env: {
        ...canaries,
        HEROKU_API_URL: url,
        HEROKU_REGISTRY: new URL(url).host,
        HEROKU_APP: "app",
        DESCRIPTION: "d",
        SCOPES: "read",
        EXPIRY_DAYS: "1",
        NAME: "mlserver",
        GIT_USER_NAME: "Ana",
        GIT_USER_EMAIL: "ana@example.com",
        PULUMI_COMMAND_STDOUT: JSON.stringify({ id: "1", token: canaries.HEROKU_API_KEY }),
        GITLAB_URL: url,
        PROJECT: "1",
        REPOSITORY_URL: `${url}/group/project.git`,
        BRANCH: "main",
        TEMPLATE: path.join(root, "image/repository"),
        SOURCE_IMAGE: `${new URL(url).host}/group/project/training@sha256:0`,
        RUNTIME_IMAGE: `${new URL(url).host}/group/project/runtime@sha256:0`,
        TMPDIR: folder,
      },
    },
  );
  expect({ failed: code !== 0, stdout }).toEqual({ failed: true, stdout: "" });
  expect(stderr).not.toBe("");
  expect(forms.filter((form) => stderr.includes(form))).toEqual([]);
});
