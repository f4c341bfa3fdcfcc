import { join } from "node:path";
import { choice } from "../../config/schemas.ts";
import { type Check, notChecked, ok, problem, type Verdict } from "../check.ts";
import { reasonOf, type Surroundings } from "../surroundings.ts";
import { type EngineInfo, hasBuildx, needsDocker, usesContainerd } from "./engine.ts";
import type { Machine } from "./machine.ts";

export const dockerChecks: ReadonlyArray<Check<Machine>> = [
  { name: "docker engine", setting: "docker", look: checkEngine },
  { name: "docker context", setting: "docker", look: withEngine(checkContext) },
  { name: "image store and buildx", setting: "docker", look: withEngine(checkStore) },
  { name: "platform of the image", setting: "mlops:imagePlatform", look: withEngine(checkPlatform) },
  { name: "credential helpers", setting: "docker", look: checkHelpers },
  { name: "base image", setting: "mlops:baseImage", look: withEngine(checkBaseImage) },
];

const notNeeded = ok("not needed on this machine");

interface WithEngine extends Machine {
  readonly info: EngineInfo;
}

/** A check that only makes sense with an engine. */
export function withEngine<Asked extends Machine>(
  look: (asked: Asked & WithEngine) => Verdict | Promise<Verdict>,
) {
  return async (asked: Asked): Promise<Verdict> => {
    if (!needsDocker(asked.config)) return notNeeded;
    const engine = await asked.engine;
    return "missing" in engine
      ? notChecked("no docker engine answers")
      : look({ ...asked, info: engine.info });
  };
}

async function checkEngine({ config, engine }: Machine): Promise<Verdict> {
  if (!needsDocker(config)) return notNeeded;
  const found = await engine;
  if ("info" in found) return ok(`version ${found.info.ServerVersion}`);
  return problem({
    found: found.missing,
    allowed: "a docker engine that answers; the runtime image is built with it",
    fix: "start docker, or point DOCKER_HOST at an engine",
  });
}

/** Any context will do: the program hands its engine to the docker plugin, which knows none (`infra/index.ts`). */
async function checkContext({ info, world }: WithEngine): Promise<Verdict> {
  if (world.env.DOCKER_HOST) return ok("chosen by DOCKER_HOST");
  const context = info.ClientInfo?.Context ?? "default";
  if (context === "default") return ok(context);
  const words = ["context", "inspect", context, "--format", "{{.Endpoints.docker.Host}}"];
  return ok(`${context}, at ${(await world.run("docker", ...words)).trim()}`);
}

/** Heroku takes no images in OCI form, which is what containerd's store pushes. */
function checkStore({ info }: WithEngine): Verdict {
  const buildx = hasBuildx(info) ? "with buildx" : "without buildx";
  if (!usesContainerd(info)) return ok(`${info.Driver ?? "classic store"}, ${buildx}`);
  if (hasBuildx(info)) return ok(`containerd, ${buildx}`);
  return problem({
    found: "an engine that keeps images in containerd's store, and no buildx",
    allowed:
      "buildx, or an engine with the classic store: what this one pushes by itself, Heroku does not take",
    fix: "install the plugin docker-buildx: https://github.com/docker/buildx#installing",
  });
}

/** As `docker info` names architectures, and as platforms do. */
const platforms: Readonly<Record<string, string>> = {
  x86_64: "linux/amd64",
  aarch64: "linux/arm64",
  arm64: "linux/arm64",
};

/** The kernel's names for the emulators. https://docs.docker.com/build/building/multi-platform/#qemu */
const emulators: Readonly<Record<string, string>> = {
  "linux/amd64": "qemu-x86_64",
  "linux/arm64": "qemu-aarch64",
};

async function checkPlatform({ config, info, world }: WithEngine): Promise<Verdict> {
  const { imagePlatform: wanted } = config;
  const own = platforms[info.Architecture ?? ""] ?? `linux/${info.Architecture}`;
  if (own === wanted) return ok(wanted);
  const emulates = await canEmulate(wanted, info, world);
  if (emulates === undefined) {
    return notChecked(`without buildx it does not show whether this ${own} engine runs ${wanted}`);
  }
  if (emulates) return ok(`${wanted}, emulated on ${own}, which is slow`);
  return problem({
    found: `${wanted}, and a docker engine on ${own} that does not emulate it`,
    allowed: `an engine on ${wanted}, or one with an emulator`,
    fix: `docker run --privileged --rm tonistiigi/binfmt --install ${wanted.slice("linux/".length)}`,
  });
}

/** Whether an engine runs images of another platform; undefined where that does not show. */
async function canEmulate(
  wanted: string,
  info: EngineInfo,
  world: Surroundings,
): Promise<boolean | undefined> {
  if (info.OperatingSystem === "Docker Desktop") return true;
  if (hasBuildx(info)) {
    const told = await world.run("docker", "buildx", "inspect").catch(() => "");
    const listed = /^Platforms:\s*(.*)$/m.exec(told)?.[1];
    if (listed !== undefined) return listed.split(/[,\s*]+/).includes(wanted);
  }
  if (world.platform !== "linux" || world.env.DOCKER_HOST) return undefined;
  const emulator = await world.read(`/proc/sys/fs/binfmt_misc/${emulators[wanted]}`);
  return emulator?.startsWith("enabled") ?? false;
}

/** https://docs.docker.com/reference/cli/docker/login/#credential-stores */
interface DockerConfig {
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/** A helper that docker's configuration names and that is gone fails in the middle of an update. */
async function checkHelpers({ config, world }: Machine): Promise<Verdict> {
  if (!needsDocker(config)) return notNeeded;
  const file = join(world.env.DOCKER_CONFIG || join(world.home, ".docker"), "config.json");
  const text = await world.read(file);
  if (text === undefined) return ok("none");
  const settings = parsed(text);
  if (!settings) return notChecked(`${file} is no JSON`);
  const entries = [
    ...(settings.credsStore ? [{ key: "credsStore", helper: settings.credsStore }] : []),
    ...Object.entries(settings.credHelpers ?? {}).map(([registry, helper]) => ({
      key: `credHelpers of ${registry}`,
      helper,
    })),
  ].filter(({ helper }) => helper !== "");
  if (entries.length === 0) return ok("none");
  const there = await Promise.all(entries.map(({ helper }) => world.isOnPath(`docker-credential-${helper}`)));
  const gone = entries.filter((_, index) => there[index] !== true);
  if (gone.length === 0) return ok([...new Set(entries.map(({ helper }) => helper))].join(", "));
  const programs = [...new Set(gone.map(({ helper }) => `docker-credential-${helper}`))];
  return problem({
    found: `${gone.map(({ key, helper }) => `${key} ${JSON.stringify(helper)}`).join(", ")} in ${file}, and no ${choice(programs)} on PATH`,
    allowed: "helpers that are installed, or none",
    fix: `take ${gone.length > 1 ? "these entries" : "this entry"} out of ${file}, or install ${programs.join(", ")}`,
  });
}

function parsed(text: string): DockerConfig | undefined {
  try {
    return JSON.parse(text) as DockerConfig;
  } catch {
    return undefined;
  }
}

async function checkBaseImage({ config: { baseImage }, world }: WithEngine): Promise<Verdict> {
  try {
    await world.run("docker", "image", "inspect", "--format", "{{.Id}}", baseImage);
    return ok(`${baseImage}, on this machine`);
  } catch {
    return pullable(baseImage, world);
  }
}

async function pullable(baseImage: string, world: Surroundings): Promise<Verdict> {
  try {
    await world.run("docker", "manifest", "inspect", baseImage);
    return ok(baseImage);
  } catch (error) {
    return problem({
      found: `${baseImage}, which is not on this machine and cannot be pulled: ${reasonOf(error)}`,
      allowed: "a container image with Python 3.11 on Debian bookworm",
      fix: "pulumi config set mlops:baseImage python:3.11-slim-bookworm",
    });
  }
}
