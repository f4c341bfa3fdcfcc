/** The deploy job's script against a Heroku of its own: what it releases, in which order, and where it cannot. */
import { join } from "node:path";
import type { Sandbox } from "@tag-to-endpoint/sandbox";
import { throwawaySandbox } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, runToEnd } from "../../lib/process/run.ts";
import { docker, run, withRepository } from "../image/support.ts";

let sandbox: Sandbox;
let remove: () => Promise<void>;
const images: string[] = [];

beforeAll(async () => {
  ({ sandbox, remove } = await throwawaySandbox());
}, 120_000);

afterAll(async () => {
  await remove?.();
  for (const image of images) await docker("rmi", "--force", image);
}, 120_000);

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Calls the sandbox's Heroku. */
async function heroku(method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(`${sandbox.env.HEROKU_API_URL}${path}`, {
    method,
    headers: {
      accept: "application/vnd.heroku+json; version=3.docker-releases",
      authorization: `Bearer ${sandbox.env.HEROKU_API_KEY}`,
      ...(path.endsWith("/releases") && { range: "version ..; max=1, order=desc" }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

interface Manifest {
  readonly mediaType: string;
  readonly config: { readonly digest: string };
  readonly layers: readonly unknown[];
}

/** The manifest of what was pushed for an app last. */
async function manifest(app: string): Promise<Manifest> {
  const { HEROKU_REGISTRY, HEROKU_API_KEY } = sandbox.env;
  const answer = await fetch(`http://${HEROKU_REGISTRY}/v2/${app}/web/manifests/latest`, {
    headers: {
      accept: "application/vnd.docker.distribution.manifest.v2+json",
      authorization: `Basic ${Buffer.from(`_:${HEROKU_API_KEY}`).toString("base64")}`,
    },
  });
  return (await answer.json()) as Manifest;
}

/** Makes an app, and the function that runs the deploy job's script for it. */
async function newApp(app: string): Promise<void> {
  expect((await heroku("POST", "/apps", { name: app, stack: "container" })).status).toBe(201);
  images.push(`${sandbox.env.HEROKU_REGISTRY}/${app}/web`);
}

const deploy = (
  folder: string,
  runtime: string,
  app: string,
  env: Record<string, string> = {},
): Promise<Ended> =>
  runToEnd("sh", [join(folder, "ci/deploy.sh")], {
    env: {
      ...sandbox.env,
      HEROKU_APP: app,
      RUNTIME_IMAGE: runtime,
      CI_PROJECT_URL: "https://gitlab.example/ml/mlserver",
      ...env,
    },
  });

const job = (pipeline: number, number: number) => ({
  CI_PIPELINE_ID: String(pipeline),
  CI_JOB_ID: String(number),
  CI_COMMIT_SHA: `commit-of-${pipeline}`,
});

describe("the deploy job's script", () => {
  it("releases the newest of more than 200, and keeps the order of the pipelines", async () => {
    await newApp("ordered-app");
    // A release for each: a list without a range ends at 200.
    for (let index = 0; index < 201; index++) {
      await heroku("PATCH", "/apps/ordered-app/config-vars", { INDEX: String(index) });
    }
    await withRepository(async (folder, runtime) => {
      const first = await deploy(folder, runtime, "ordered-app", job(20, 200));
      expect(first.stderr).toBe("");
      const [newest] = (await heroku("GET", "/apps/ordered-app/releases")).body as [{ version: number }];
      expect(newest.version).toBeGreaterThan(201);
      expect(first.stdout).toContain(`Release v${newest.version} of ordered-app is live.`);

      // The job of an older pipeline that comes late.
      const late = await deploy(folder, runtime, "ordered-app", job(10, 100));
      expect([late.code, late.stderr]).toEqual([
        1,
        "deploy: a newer deployment was made before this one: pipeline 20 released commit commit-of-20, and this is " +
          "pipeline 10 of commit commit-of-10. Nothing is released. To take the app back to this commit on purpose, " +
          "retry this job.\n",
      ]);
      expect((await heroku("GET", "/apps/ordered-app/releases")).body).toMatchObject([newest]);

      // The same job retried is another job.
      const retried = await deploy(folder, runtime, "ordered-app", job(10, 300));
      expect(retried.stderr).toBe("");
      expect(retried.stdout).toContain(
        "This takes the app back to what was live before: pipeline 20 released commit commit-of-20 last",
      );
      expect(retried.stdout).toContain(`Release v${newest.version + 1} of ordered-app is live.`);
    });
  }, 300_000);

  it("says what an engine that cannot run the runtime image needs", async () => {
    await newApp("emulated-app");
    await withRepository(async (folder, runtime) => {
      // As the programs of another platform: a file that the kernel does not know how to start.
      const broken = "tag-to-endpoint.test/not-this-platform";
      images.push(broken);
      await run("docker", ["build", "--quiet", "--tag", broken, "-"], {
        input: `FROM ${runtime}\nUSER 0\nRUN head -c 200 /bin/true >/tini && printf '\\267' | dd of=/tini bs=1 seek=18 conv=notrunc && mv /tini /usr/bin/tini && chmod 755 /usr/bin/tini\n`,
      });
      const { code, stderr } = await deploy(folder, broken, "emulated-app");
      expect(code).toBe(1);
      expect(stderr).toMatch(/exec format error/);
      expect(stderr.trim().split("\n").at(-1)).toMatch(
        /^deploy: this docker engine is linux\/\w+ and cannot run programs of linux\/\w+, which .*binfmt --install all$/,
      );
    });
  }, 120_000);

  /**
   * An engine with the containerd image store (`"features": {"containerd-snapshotter": true}` in its daemon.json, or any new
   * install of Docker Engine 29), on this machine and with buildx, by the address of its socket.
   */
  const { CONTAINERD_DOCKER_HOST } = process.env;
  it.runIf(CONTAINERD_DOCKER_HOST)(
    "releases from an engine with the containerd image store, by the configuration's digest and in Docker's format",
    async () => {
      await newApp("containerd-app");
      const env = { DOCKER_HOST: CONTAINERD_DOCKER_HOST ?? "" };
      await withRepository(async (folder, runtime) => {
        await run("sh", ["-c", `docker save ${runtime} | DOCKER_HOST=${env.DOCKER_HOST} docker load`]);
        const first = await deploy(folder, runtime, "containerd-app", { ...env, ...job(1, 1) });
        expect(first.stderr).toBe("");
        const { mediaType, config, layers } = await manifest("containerd-app");
        expect(mediaType).toBe("application/vnd.docker.distribution.manifest.v2+json");
        expect(layers.length).toBeLessThanOrEqual(40);
        const [web] = (await heroku("GET", "/apps/containerd-app/formation")).body as [
          { docker_image: { id: string } },
        ];
        expect(web.docker_image.id).toBe(config.digest);
        const again = await deploy(folder, runtime, "containerd-app", { ...env, ...job(2, 2) });
        expect(again.stdout).toContain("\n0 layers were new to the registry.");
      });
    },
    300_000,
  );
});
