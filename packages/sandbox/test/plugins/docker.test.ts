import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { secret } from "@pulumi/pulumi";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Engine, engine, SECRET_MARK, Thing } from "./engine.ts";
import { type TestSandbox, testSandbox } from "./sandbox.ts";

const docker = new Docker();
let sandbox: TestSandbox;
let pulumi: Engine;
let context: string;
/** Where a container registry of a GitLab project takes images. */
let repository: string;
let registry: Record<string, unknown>;

beforeAll(async () => {
  sandbox = await testSandbox();
  context = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint context-"));
  await writeFile(
    path.join(context, "Dockerfile"),
    `FROM ${sandbox.env.MLOPS_BASE_IMAGE} AS small\nARG WHO=nobody\nRUN echo "built for $WHO" > /who\nCOPY . /files/\nFROM small\n`,
  );
  await writeFile(path.join(context, ".dockerignore"), "ignored\n*.log\n!kept.log\n");
  await writeFile(path.join(context, "file"), "one");
  const project = await sandbox.gitlab<{ container_registry_image_prefix: string }>("POST", "/projects", {
    name: "images",
  });
  repository = `${project.container_registry_image_prefix}/runtime`;
  registry = {
    server: repository.split("/")[0],
    username: "root",
    password: secret(sandbox.env.GITLAB_TOKEN),
  };
  pulumi = await engine();
});
afterAll(async () => {
  await pulumi.remove();
  for (const name of [`${repository}:v1`, `${repository}:v2`, "local-only:test"]) {
    await docker.getImage(name).remove({ force: true }).catch(notFound);
  }
  await rm(context, { recursive: true, force: true });
  await sandbox.remove();
});

/** An image that is not there need not be removed. */
function notFound(error: { statusCode?: number }): void {
  if (error.statusCode !== 404) throw error;
}

type Inputs = Record<string, unknown>;

const program =
  (inputs: Inputs = {}, build: Inputs = {}) =>
  async () => {
    const image = new Thing(
      "docker:index/image:Image",
      "image",
      {
        imageName: `${repository}:v1`,
        build: { context, args: { WHO: "ada" }, platform: "linux/amd64", ...build },
        registry,
        ...inputs,
      },
      { outputs: ["repoDigest", "imageName", "registryServer", "baseImageName", "dockerfile"] },
    );
    return {
      digest: image.out("repoDigest"),
      name: image.out("imageName"),
      server: image.out("registryServer"),
    };
  };

/** What the registry has, asked with the credentials of the sandbox's root user. */
async function manifest(reference: string): Promise<{ mediaType: string; digest: string }> {
  const [host, ...name] = repository.split("/");
  const credentials = Buffer.from(`root:${sandbox.env.GITLAB_TOKEN}`).toString("base64");
  const types = [
    "docker.distribution.manifest.v2+json",
    "oci.image.manifest.v1+json",
    "oci.image.index.v1+json",
  ];
  const response = await fetch(`http://${host}/v2/${name.join("/")}/manifests/${reference}`, {
    headers: {
      authorization: `Basic ${credentials}`,
      accept: types.map((type) => `application/vnd.${type}`).join(", "),
    },
  });
  const { mediaType } = (await response.json()) as { mediaType: string };
  return { mediaType, digest: String(response.headers.get("docker-content-digest")) };
}

describe("docker:index/image:Image", () => {
  let digest: string;

  test("a preview builds nothing", async () => {
    const { steps } = await pulumi.preview(program());
    expect(steps).toEqual({ image: "create" });
    await expect(docker.getImage(`${repository}:v1`).inspect()).rejects.toThrow(/no such image/i);
  });

  test("builds, pushes and gives the digest that the registry has", async () => {
    const { steps, outputs, log } = await pulumi.up(program());
    expect(steps).toEqual({ image: "create" });
    digest = String(outputs.digest);
    const pushed = await manifest("v1");
    expect(digest).toBe(`${repository}@${pushed.digest}`);
    expect(pushed.mediaType).toBe("application/vnd.docker.distribution.manifest.v2+json");
    expect(outputs).toMatchObject({ name: `${repository}:v1`, server: repository.split("/")[0] });
    expect(log).toContain("COPY . /files/");
    expect(await inImage(`${repository}:v1`, "cat /who; ls /files")).toBe(
      "built for ada\nDockerfile  file\n",
    );
  });

  test("the credentials are nowhere: not in state, log, image, docker's configuration or the temporary folder", async () => {
    const token = sandbox.env.GITLAB_TOKEN as string;
    const { log } = await pulumi.up(program());
    const state = await pulumi.state();
    expect(state.text).not.toContain(token);
    expect((state.resource("image").inputs.registry as Inputs).password).toHaveProperty(SECRET_MARK);
    expect(log).not.toContain(token);
    expect(JSON.stringify(await docker.getImage(`${repository}:v1`).history())).not.toContain(token);
    expect((await readdir(tmpdir())).filter((name) => name.startsWith("pulumi-docker-"))).toEqual([]);
  });

  test("an unchanged context is a no-op; so are ignored files and new credentials", async () => {
    await writeFile(path.join(context, "ignored"), "changes");
    await writeFile(path.join(context, "some.log"), "changes");
    expect((await pulumi.up(program())).steps).toEqual({ image: "same" });
    const other = { ...registry, password: secret("another-token-value") };
    expect((await pulumi.preview(program({ registry: other }))).steps).toEqual({ image: "same" });
  });

  test("a changed context is an update with another digest", async () => {
    await writeFile(path.join(context, "file"), "two");
    const { steps, diffs, outputs } = await pulumi.up(program());
    expect(steps).toEqual({ image: "update" });
    expect(diffs).toEqual({ image: ["build.contextDigest"] });
    expect(outputs.digest).not.toBe(digest);
    expect((await pulumi.up(program())).steps).toEqual({ image: "same" });
  });

  test("changed arguments, target and name are updates", async () => {
    const changes = [{ imageName: `${repository}:v2` }, { args: { WHO: "bob" }, target: "small" }] as const;
    const { steps, diffs } = await pulumi.up(program(...changes));
    expect(steps).toEqual({ image: "update" });
    expect(diffs).toEqual({ image: ['build.args["WHO"]', "build.target", "imageName"] });
    expect(await inImage(`${repository}:v2`, "cat /who")).toBe("built for bob\n");
    expect((await pulumi.up(program(changes[0]))).diffs).toEqual({
      image: ['build.args["WHO"]', "build.target"],
    });
  });

  test("a refresh changes nothing, a destroy leaves the image", async () => {
    await pulumi.refresh();
    expect((await pulumi.preview(program({ imageName: `${repository}:v2` }))).steps).toEqual({
      image: "same",
    });
    await pulumi.destroy();
    expect((await manifest("v2")).digest).toMatch(/^sha256:/);
  });

  test("an image that is not pushed has its id for a digest", async () => {
    const { outputs } = await pulumi.up(
      program({ imageName: "local-only:test", skipPush: true, registry: undefined }),
    );
    expect(outputs.digest).toBe((await docker.getImage("local-only:test").inspect()).Id);
    await pulumi.destroy();
  });
});

describe("what is refused", () => {
  test("a push to a registry that is not on this machine, already by the preview", async () => {
    await expect(
      pulumi.preview(program({ imageName: "registry.example.com/group/image:v1", registry: undefined })),
    ).rejects.toThrow(
      /stand-in for docker 5\.2\.0: it talks to loopback addresses only[\s\S]*refuses to push to registry\.example\.com/,
    );
    await expect(
      pulumi.preview(program({ registry: { ...registry, server: "https://registry.example.com" } })),
    ).rejects.toThrow(/refuses to push to registry\.example\.com/);
    await expect(pulumi.preview(program({ imageName: "image:v1" }))).rejects.toThrow(/must be canonical/);
  });

  test("an engine on another machine", async () => {
    const away = await engine({ DOCKER_HOST: "tcp://docker.example.com:2375" });
    await expect(away.preview(program())).rejects.toThrow(
      /refuses the docker engine at tcp:\/\/docker\.example\.com/,
    );
    await rm(away.folder, { recursive: true, force: true });
  });

  test("a missing Dockerfile is named, with the path that was meant", async () => {
    await expect(pulumi.preview(program({}, { dockerfile: "./Dockerfile" }))).rejects.toThrow(
      /could not open dockerfile at relative path \.\/Dockerfile.*Try setting `dockerfile` to/,
    );
    await expect(pulumi.preview(program({}, { context: "/not/there" }))).rejects.toThrow(
      /could not open dockerfile at absolute path \/not\/there\/Dockerfile/,
    );
    await expect(pulumi.preview(program({}, { builderVersion: "V3" }))).rejects.toThrow(
      /allowed are BuilderV1 and BuilderBuildKit/,
    );
  });

  test("a failing build ends with the step and its exit code alone; wrong credentials with what the registry said", async () => {
    const broken = path.join(context, "broken.Dockerfile");
    await writeFile(broken, `FROM ${sandbox.env.MLOPS_BASE_IMAGE}\nRUN echo about to fail; exit 7\n`);
    const failedSteps = async () => {
      const left = await docker.listContainers({ all: true, filters: { status: ["exited"] } });
      return left.filter(({ Command }) => Command.includes("about to fail")).map(({ Id }) => Id);
    };
    const before = await failedSteps();
    await expect(pulumi.up(program({}, { dockerfile: broken }))).rejects.toThrow(
      "executor failed running [/bin/sh -c echo about to fail; exit 7]: exit code: 7",
    );
    expect(await failedSteps()).toEqual(before);
    const wrong = { ...registry, password: secret("wrong-token-value") };
    await expect(pulumi.up(program({ registry: wrong }))).rejects.toThrow(
      /docker push failed[\s\S]*(denied|unauthorized|no basic auth)/,
    );
  });
});

/** What a shell line prints in an image. */
async function inImage(image: string, line: string): Promise<string> {
  const container = await docker.createContainer({ Image: image, Cmd: ["/bin/sh", "-c", line], Tty: true });
  try {
    await container.start();
    await container.wait();
    const log = await container.logs({ stdout: true, stderr: true });
    return log.toString("utf8").replaceAll("\r\n", "\n");
  } finally {
    await container.remove({ force: true });
  }
}
