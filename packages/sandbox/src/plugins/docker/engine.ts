/**
 * The docker engine, through the docker command: it knows the engine's address and builds with BuildKit where
 * that is installed. Credentials and build arguments are never on a command line.
 */
import { isLoopback, refusal } from "../shared/loopback.ts";
import type { Context } from "../shared/provider.ts";
import { isProps, type Props, type Value } from "../shared/values.ts";
import { withCredentials } from "./credentials.ts";
import { docker } from "./docker.ts";
import { refusePush, registryOf, repositoryOf } from "./reference.ts";

export interface BuildRequest {
  name: string;
  context: string;
  dockerfile: string;
  /** The `build` input. */
  options: Props;
  /** The `registry` input. */
  registry: Props;
}

export class Engine {
  private env: NodeJS.ProcessEnv = {};

  /** https://www.pulumi.com/registry/packages/docker/installation-configuration/ */
  configure(config: Record<string, Value>): void {
    const unserved = ["caMaterial", "certMaterial", "keyMaterial", "registryAuth", "sshOpts"].filter(
      (key) => config[key] !== undefined,
    );
    if (unserved.length > 0) {
      throw new Error(
        `the stand-in for docker 5.2.0 does not serve the setting ${unserved.map((key) => `docker:${key}`).join(", ")}`,
      );
    }
    const host = text(config.host) ?? process.env.DOCKER_HOST;
    if (host) {
      checkHost(host);
    }
    this.env = {
      // As the official provider, which knows nothing of the context that the docker command was told to use.
      ...(host ? { DOCKER_HOST: host } : { DOCKER_CONTEXT: text(config.context) ?? "default" }),
      ...(text(config.certPath) ? { DOCKER_CERT_PATH: text(config.certPath), DOCKER_TLS_VERIFY: "1" } : {}),
    };
  }

  /** Builds and tags an image; gives its id. */
  async build(context: Context, request: BuildRequest): Promise<string> {
    const { name, options } = request;
    const buildArgs = isProps(options.args) ? options.args : {};
    const cacheFrom =
      isProps(options.cacheFrom) && Array.isArray(options.cacheFrom.images) ? options.cacheFrom.images : [];
    const args = [
      "build",
      "--force-rm", // the builder without BuildKit else keeps the container of a step that failed
      ...["--tag", name, "--file", request.dockerfile],
      ...Object.keys(buildArgs).flatMap((key) => ["--build-arg", key]), // the values come by the environment
      ...option("--platform", options.platform),
      ...option("--target", options.target),
      ...option("--network", options.network),
      ...cacheFrom.flatMap((image) => ["--cache-from", String(image)]),
      ...(Array.isArray(options.addHosts) ? options.addHosts : []).flatMap((host) => [
        "--add-host",
        String(host),
      ]),
      request.context,
    ];
    await context.log.status("Building the image");
    return withCredentials(registryOf(name), request.registry, async (credentials) => {
      const env = {
        ...process.env,
        ...this.env,
        ...credentials,
        ...Object.fromEntries(Object.entries(buildArgs).map(([key, value]) => [key, String(value)])),
        // Heroku's registry takes no image index, which attestations would make of an image.
        BUILDX_NO_DEFAULT_ATTESTATIONS: "1",
        ...(options.builderVersion === "BuilderV1" ? { DOCKER_BUILDKIT: "0" } : {}),
      };
      await docker(context, args, env).catch((error: unknown) => {
        throw failedStep(error) ?? error;
      });
      const id = await docker(context, ["image", "inspect", "--format", "{{.Id}}", name], env, {
        quiet: true,
      });
      return id.trim();
    });
  }

  /** Pushes an image to its registry, which must be on loopback; gives `<repository>@<digest>`. */
  async push(context: Context, name: string, registry: Props): Promise<string> {
    const refused = refusePush(name);
    if (refused) {
      throw new Error(refused);
    }
    await context.log.status("Pushing Image to the registry");
    const printed = await withCredentials(registryOf(name), registry, (credentials) =>
      docker(context, ["push", name], { ...process.env, ...this.env, ...credentials }),
    );
    const digest = /digest: (sha256:[0-9a-f]{64}) size:/.exec(printed)?.[1];
    if (!digest) {
      throw new Error(`docker push ${name} gave no digest:\n${printed}`);
    }
    return `${repositoryOf(name)}@${digest}`;
  }
}

/**
 * The official provider builds through the engine's API: of a step that fails, its error has the command and the exit
 * code. What the command said goes by in status lines, which are not kept.
 */
function failedStep(error: unknown): Error | undefined {
  const said = error instanceof Error ? error.message : String(error);
  const step =
    /The command '([\s\S]*)' returned a non-zero code: (\d+)/.exec(said) ??
    /process "([\s\S]*)" did not complete successfully: exit code: (\d+)/.exec(said);
  return step ? new Error(`executor failed running [${step[1]}]: exit code: ${step[2]}`) : undefined;
}

function option(name: string, value: Value | undefined): string[] {
  return typeof value === "string" && value !== "" ? [name, value] : [];
}

function text(value: Value | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function checkHost(host: string): void {
  const { protocol, hostname } = new URL(host);
  const local =
    ["unix:", "npipe:", "fd:"].includes(protocol) || (protocol !== "ssh:" && isLoopback(hostname));
  if (!local) {
    throw refusal(
      {
        plugin: "docker",
        version: "5.2.0",
        setting: "docker:host (or DOCKER_HOST)",
        install: "pulumi plugin install resource docker v5.2.0",
      },
      `the docker engine at ${host}`,
    );
  }
}
