/**
 * docker:index/image:Image: builds an image and pushes it.
 * Behaves as provider/image.go and provider/provider.go of https://github.com/pulumi/pulumi-docker (5.2): a
 * digest of the build context, computed in check, makes a changed context an update; new registry credentials
 * alone are no change; deleting the resource leaves the image.
 */
import { existsSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import type { Context, Resource } from "../shared/provider.ts";
import { hasUnknown, isProps, type Props, Unknown, type Value } from "../shared/values.ts";
import { contextDigest } from "./context.ts";
import type { Engine } from "./engine.ts";
import { refusePush, registryOf } from "./reference.ts";

/** The build options with the official defaults. */
interface Build {
  context: string;
  dockerfile: string;
  options: Props;
}

export function image(engine: Engine): Resource {
  return {
    rules: {
      writeOnly: ["build", "registry", "imageName", "skipPush", "buildOnPreview"],
      changedByUpdate: ["repoDigest"],
    },

    async check(context, inputs) {
      const failures = [...refusals(inputs), ...builderFailure(inputs)].map((reason) => ({
        property: "",
        reason,
      }));
      const given = isProps(inputs.build) ? inputs.build : {};
      if (failures.length > 0 || given.context instanceof Unknown || given.dockerfile instanceof Unknown) {
        return { failures };
      }
      const build = buildOf(inputs);
      const missing = missingDockerfile(build);
      if (missing) {
        return { failures: [{ property: "", reason: missing }] };
      }
      const additions: Props = { contextDigest: await contextDigest(build.context, build.dockerfile) };
      if (given.platform === undefined) {
        additions.platform = hostPlatform();
        await context.log.info(
          `Building your image for ${hostPlatform()} architecture.\nTo ensure you are building for the correct ` +
            "platform, consider explicitly setting the `platform` field on ImageBuildOptions.",
        );
      }
      return { additions: { build: additions } };
    },

    diff(_change, differences) {
      // Credentials change often (they expire); the image does not depend on them.
      differences.delete("registry.username");
      differences.delete("registry.password");
    },

    async preview(context, inputs) {
      const name = inputs.imageName;
      if (inputs.buildOnPreview === true && !hasUnknown(inputs)) {
        await engine.build(context, {
          ...buildOf(inputs),
          name: String(name),
          registry: registryInput(inputs),
        });
      }
      return hasUnknown(name) ? {} : describe(inputs);
    },

    async create(context, inputs) {
      return { id: String(inputs.imageName), outputs: await make(engine, context, inputs) };
    },

    /** The official provider does not look at the registry either. */
    async read(_context, id, state) {
      if (state.imageName === undefined) {
        throw new Error("docker.Image cannot be imported: build it instead");
      }
      return { id, outputs: state };
    },

    update: (context, { inputs }) => make(engine, context, inputs),

    async delete() {},
  };
}

async function make(engine: Engine, context: Context, inputs: Props): Promise<Props> {
  const name = String(inputs.imageName);
  const registry = registryInput(inputs);
  const imageId = await engine.build(context, { ...buildOf(inputs), name, registry });
  const repoDigest = inputs.skipPush === true ? imageId : await engine.push(context, name, registry);
  return { ...describe(inputs), repoDigest };
}

function describe(inputs: Props): Props {
  const name = String(inputs.imageName);
  const { context, dockerfile, options } = buildOf(inputs);
  return {
    imageName: name,
    baseImageName: name,
    context,
    dockerfile: relative(context, dockerfile) || dockerfile,
    platform: options.platform ?? hostPlatform(),
    registryServer: String(registryInput(inputs).server ?? registryOf(name) ?? ""),
  };
}

function buildOf(inputs: Props): Build {
  const options = isProps(inputs.build) ? inputs.build : {};
  const context = typeof options.context === "string" ? options.context : ".";
  const dockerfile =
    typeof options.dockerfile === "string" ? options.dockerfile : join(context, "Dockerfile");
  return { context, dockerfile, options };
}

function registryInput(inputs: Props): Props {
  return isProps(inputs.registry) ? inputs.registry : {};
}

function missingDockerfile({ context, dockerfile }: Build): string | undefined {
  if (existsSync(dockerfile)) {
    return undefined;
  }
  if (isAbsolute(dockerfile)) {
    return `could not open dockerfile at absolute path ${dockerfile}: no such file or directory`;
  }
  const inContext = join(context, dockerfile);
  return existsSync(inContext)
    ? `could not open dockerfile at relative path ${dockerfile}. Try setting \`dockerfile\` to ${JSON.stringify(inContext)}`
    : `could not open dockerfile at relative path ${dockerfile}: no such file or directory`;
}

function builderFailure(inputs: Props): string[] {
  const version = isProps(inputs.build) ? inputs.build.builderVersion : undefined;
  const known: Array<Value | undefined> = [undefined, "BuilderV1", "BuilderBuildKit"];
  return known.includes(version) || version instanceof Unknown
    ? []
    : [
        `invalid Docker Builder version ${JSON.stringify(version)}: allowed are BuilderV1 and BuilderBuildKit`,
      ];
}

/** An image that is to be pushed needs its registry in its name, and here that registry is on loopback. */
function refusals(inputs: Props): string[] {
  const name = inputs.imageName;
  if (inputs.skipPush === true || typeof name !== "string") {
    return [];
  }
  if (registryOf(name) === undefined) {
    return [
      `${name}: repository name must be canonical. This provider requires all image names to be fully qualified.\n` +
        "For example, if you are attempting to push to Dockerhub, prefix your image name with `docker.io`:\n\n" +
        "`docker.io/repository/image:tag`",
    ];
  }
  const server = registryInput(inputs).server;
  return [refusePush(name), typeof server === "string" ? refusePush(server) : undefined].filter(
    (reason): reason is string => reason !== undefined,
  );
}

function hostPlatform(): string {
  const names: Record<string, string> = { x64: "amd64", ia32: "386" };
  return `linux/${names[process.arch] ?? process.arch}`;
}
