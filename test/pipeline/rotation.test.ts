/** Credentials are replaced while real pipelines run, and no pipeline notices. */
import { spawn } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import {
  CommandFailed,
  type Environment,
  followRelease,
  gitlab,
  modelProject,
  openRunLog,
  pulumi,
  type Release,
  release,
  type StackOutputs,
  stackOutputs,
} from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rotate } from "../support/rotate.ts";

let stack: ThrowawayStack;
let environment: Environment;
let outputs: StackOutputs;
/** Every credential of the pipelines that ever was. */
const everything = new Set<string>();
/** Every version that was delivered: `product-classifier v1.0.3`. */
const delivered: string[] = [];

const run = (...args: string[]) => pulumi(environment, "pulumi", args);
const unchanged = () => run("up", "--yes", "--skip-preview", "--expect-no-changes");

interface Credentials {
  gitlab: string[];
  heroku: string[];
}

/** The credentials that the stack holds, without its own. Their export is logged apart, outside what is searched. */
async function credentials(): Promise<Credentials> {
  const log = openRunLog(path.join(environment.workFolder, "secret"));
  const state = await pulumi({ ...environment, log }, "export", ["stack", "export", "--show-secrets"]);
  const own = [environment.env.GITLAB_TOKEN, environment.env.HEROKU_API_KEY];
  const found = (form: RegExp) =>
    [...new Set(state.match(form))].filter((token) => !own.includes(token)).sort();
  const held = {
    gitlab: found(/\bglpat-[A-Za-z0-9_.-]{16,}/g),
    heroku: found(/\bHRKU-[A-Za-z0-9_.-]{16,}/g),
  };
  for (const token of [...held.gitlab, ...held.heroku]) everything.add(token);
  return held;
}

/** What the services answer to each credential. */
async function answers({
  gitlab: tokens,
  heroku,
}: Credentials): Promise<{ gitlab: number[]; heroku: number[] }> {
  const { GITLAB_BASE_URL, HEROKU_API_URL } = environment.env;
  const status = async (url: string, headers: Record<string, string>) =>
    (await fetch(url, { headers })).status;
  return {
    gitlab: await Promise.all(
      tokens.map((token) =>
        status(`${GITLAB_BASE_URL}/personal_access_tokens/self`, { "PRIVATE-TOKEN": token }),
      ),
    ),
    heroku: await Promise.all(
      heroku.map((token) =>
        status(`${HEROKU_API_URL}/apps/sandbox-mlserver`, {
          Accept: "application/vnd.heroku+json; version=3",
          Authorization: `Bearer ${token}`,
        }),
      ),
    ),
  };
}

/** Publishes a new version of one of the models: a pipeline that trains and pushes, and one that deploys. */
function publish(): Promise<Release> {
  const name = ["iris-decision-tree", "product-classifier"][delivered.length % 2] ?? "";
  const version = `v1.0.${delivered.length}`;
  delivered.push(`${name} ${version}`);
  return release(environment, modelProject(outputs, name), version, () => {});
}

/** Tags a commit whose pipeline waits before it delivers. @returns what lets it go on */
async function endless(project: string, tag: string): Promise<() => Promise<unknown>> {
  const api = gitlab(environment);
  const file = ".gitlab-ci.yml";
  const { content } = await api.RepositoryFiles.show(project, file, "main");
  // The job that delivers is the last thing in the file.
  const waiting = `${Buffer.from(content, "base64").toString("utf8").trimEnd()}
  before_script:
    - until git ls-remote --exit-code "$CI_REPOSITORY_URL" refs/heads/go-on; do sleep 1; done
`;
  await api.Branches.create(project, "waiting", "main");
  await api.RepositoryFiles.edit(project, file, "waiting", waiting, "Wait");
  await api.Tags.create(project, tag, "waiting");
  return () => api.Branches.create(project, "go-on", "main");
}

/** Waits until a pipeline of a project runs. */
async function running(project: string): Promise<void> {
  while ((await gitlab(environment).Pipelines.all(project, { status: "running" })).length === 0)
    await delay(200);
}

async function settings(): Promise<Array<string | undefined>> {
  const config = JSON.parse(await run("config", "--json")) as Record<string, { value: string }>;
  return ["accessTokenGenerations", "herokuTokenGenerations"].map((name) => config[`mlops:${name}`]?.value);
}

beforeAll(async () => {
  stack = await throwawayStack();
  ({ environment } = stack);
  await run("up", "--yes", "--skip-preview");
  outputs = await stackOutputs(environment);
}, 600_000);

afterAll(async () => stack?.remove(), 120_000);

describe("npm run rotate", () => {
  it("replaces both credentials while pipelines run; none of them fails", async () => {
    const before = await credentials();
    expect([before.gitlab.length, before.heroku.length]).toEqual([2, 1]);
    const published = [publish()];
    await running(modelProject(outputs, "iris-decision-tree").path);
    let done = false;
    const rotation = rotate(environment).finally(() => {
      done = true;
    });
    for (let count = 0; count < 6 && !done; count++) {
      await Promise.race([rotation, delay(1000 + Math.random() * 14_000)]);
      published.push(publish());
    }
    const said = await rotation;
    published.push(publish());
    for (const { train, deploy } of await Promise.all(published)) {
      expect([train.status, deploy.status]).toEqual(["success", "success"]);
    }
    expect(published.length).toBeGreaterThan(2);
    expect(said).toMatch(/waiting for http/);

    const after = await credentials();
    expect([after.gitlab.length, after.heroku.length]).toEqual([2, 1]);
    expect(await answers(before)).toEqual({ gitlab: [401, 401], heroku: [401] });
    expect(await answers(after)).toEqual({ gitlab: [200, 200], heroku: [200] });
    expect(await settings()).toEqual(["[2]", "[2]"]);
    await unchanged();
  });

  it("revokes nothing while a pipeline does not end in time, and goes on later", async () => {
    const before = await credentials();
    const project = modelProject(outputs, "iris-decision-tree");
    const model = project.path;
    const end = await endless(model, "v9.0.0");
    await running(model);
    const refused = await rotate(environment, "--only", "gitlab", "--wait-minutes", "0").catch(
      (error) => error,
    );
    expect(refused).toBeInstanceOf(CommandFailed);
    expect(refused.output).toMatch(/After 0 minutes these pipelines.*\/pipelines\/\d+ \(running\)/);
    expect(refused.output).toContain("Nothing was revoked");
    expect(await answers(before)).toEqual({ gitlab: [200, 200], heroku: [200] });
    expect(await settings()).toEqual(["[2,3]", "[2]"]);
    await unchanged();

    const rotation = rotate(environment, "--only", "gitlab");
    await end();
    const said = await rotation;
    expect(said).toContain("Continuing the interrupted rotation of the access tokens");
    const { train, deploy } = await followRelease(environment, project, "v9.0.0", () => {});
    expect([train.status, deploy.status]).toEqual(["success", "success"]);
    delivered.push("iris-decision-tree v9.0.0");
    expect(await answers(before)).toEqual({ gitlab: [401, 401], heroku: [200] });
    expect(await settings()).toEqual(["[3]", "[2]"]);
    await unchanged();
  });

  it("goes on after it was killed between its two updates", async () => {
    const before = await credentials();
    const child = spawn("node", ["operations/rotation/main.ts", "--stack", environment.stack], {
      cwd: environment.root,
      env: { ...process.env, ...environment.env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    for await (const text of child.stdout)
      if (String(text).includes("2. Waiting for pipelines")) child.kill("SIGKILL");
    expect(await settings()).toEqual(["[3,4]", "[2,3]"]);
    expect(await answers(before)).toEqual({ gitlab: [200, 200], heroku: [200] });

    await rotate(environment);
    expect(await answers(before)).toEqual({ gitlab: [401, 401], heroku: [401] });
    expect(await answers(await credentials())).toEqual({ gitlab: [200, 200], heroku: [200] });
    expect(await settings()).toEqual(["[4]", "[3]"]);
    await unchanged();
  });

  it("ends a rotation whose last update is missing, without beginning another", async () => {
    await run("config", "set", "mlops:herokuTokenGenerations", "[3,4]");
    await run("up", "--yes", "--skip-preview");
    const both = await credentials();
    await run("config", "set", "mlops:herokuTokenGenerations", "[4]");
    await rotate(environment, "--only", "heroku");
    expect(await settings()).toEqual(["[4]", "[4]"]);
    expect((await answers(both)).heroku.sort()).toEqual([200, 401]);
    await unchanged();
  });

  it("starts from a stack that is up to date alone", async () => {
    await run("config", "set", "mlops:tagCreateAccessLevel", "developer");
    const refused = await rotate(environment).catch((error) => error);
    await run("config", "rm", "mlops:tagCreateAccessLevel");
    expect(refused).toBeInstanceOf(CommandFailed);
    expect(refused.output).toContain(
      "A rotation starts only when `pulumi up` has nothing to do, and this preview shows changes:",
    );
    expect(await settings()).toEqual(["[4]", "[4]"]);
  });

  it("shows no credential anywhere", async () => {
    expect(everything.size).toBeGreaterThanOrEqual(10);
    const places = [await run("stack", "export"), await run("stack", "output", "--json")];
    for (const file of await readdir(environment.log.folder)) {
      places.push(await readFile(path.join(environment.log.folder, file), "utf8"));
    }
    places.push(await readFile(path.join(environment.root, `Pulumi.${environment.stack}.yaml`), "utf8"));
    for (const place of places) for (const token of everything) expect(place).not.toContain(token);
  });
});

describe("pulumi preview", () => {
  it("leaves tokens alone that an older program made with a rotation of the provider's", async () => {
    const exported = await run("stack", "export");
    const state = JSON.parse(exported) as {
      deployment: { resources: Array<{ type: string; inputs: object }> };
    };
    const tokens = state.deployment.resources.filter(({ type }) => type.endsWith(":ProjectAccessToken"));
    expect(tokens.length).toBe(2);
    const rotationConfiguration = { expirationDays: 90, rotateBeforeDays: 30 };
    for (const token of tokens) {
      const { expiresAt, ...others } = token.inputs as Record<string, unknown>;
      expect(expiresAt).toBeDefined();
      token.inputs = { ...others, rotationConfiguration };
      Object.assign((token as unknown as { outputs: object }).outputs, { rotationConfiguration });
    }
    const file = path.join(environment.workFolder, "state.json");
    await writeFile(file, JSON.stringify(state));
    await run("stack", "import", "--file", file);
    try {
      await run("preview", "--expect-no-changes");
    } finally {
      await writeFile(file, exported);
      await run("stack", "import", "--file", file);
    }
  });

  it("warns of a credential near its end, and would change nothing", async () => {
    await run("config", "set", "mlops:accessTokenRotateBeforeDays", "89");
    const said = await run("preview", "--expect-no-changes").finally(() =>
      run("config", "rm", "mlops:accessTokenRotateBeforeDays"),
    );
    for (const model of Object.keys(outputs.modelProjectUrls)) {
      expect(said).toContain(
        `access token access-mlserver (Pushes of model project ${model}, generation 4) expires in 89 days`,
      );
    }
  });
});

describe("npm run status", () => {
  const status = (...args: string[]) =>
    environment.log.run(
      "status",
      "node",
      ["operations/status/main.ts", "--stack", environment.stack, ...args],
      {
        cwd: environment.root,
        env: environment.env,
      },
    );

  it("tells addresses, models that answer and days left", async () => {
    const { addresses, models, credentials: told, warnings } = JSON.parse(await status("--format", "json"));
    expect(addresses).toMatchObject({ app: outputs.appUrl, server: outputs.serverProjectUrl });
    const wanted = ["iris-dtc 1.0", ...delivered].map((one) => `${one}: true`);
    const found = models.map((one: Record<string, unknown>) => `${one.name} ${one.version}: ${one.answers}`);
    expect(found.sort()).toEqual(wanted.sort());
    expect(told.map((one: { daysLeft: number }) => one.daysLeft)).toEqual([89, 89, 364]);
    expect(warnings).toEqual([]);
    expect(await status()).toContain(
      "access token access-mlserver (Pushes of model project iris-decision-tree, generation 4): 89 days left",
    );
    expect(await status("--format", "markdown")).toMatch(/^\| iris-dtc \| 1\.0 \| answers \|$/m);
  });

  it("warns, with exit code 2, of a credential that is gone", async () => {
    const { HEROKU_API_URL, HEROKU_API_KEY } = environment.env;
    const headers = {
      Accept: "application/vnd.heroku+json; version=3",
      Authorization: `Bearer ${HEROKU_API_KEY}`,
    };
    const url = `${HEROKU_API_URL}/oauth/authorizations`;
    const all = (await (await fetch(url, { headers })).json()) as Array<{ id: string; description: string }>;
    const ours = all.find(({ description }) => description.startsWith("Pipelines of root/mlserver"));
    await fetch(`${url}/${ours?.id}`, { method: "DELETE", headers });
    const refused = await status().catch((error) => error);
    expect(refused).toBeInstanceOf(CommandFailed);
    expect(refused.message).toContain("ended with code 2");
    expect(refused.output).toContain("npm run rotate -- --only heroku");
  });
});
