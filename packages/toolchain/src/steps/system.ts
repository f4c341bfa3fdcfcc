import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { userInfo } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cache } from "./paths.ts";
import { command, isOnPath, tryCommand } from "./shell.ts";
import type { SetUpStep } from "./step.ts";

/** Programs that the sandbox runs, with the Debian package that has each. */
const programs: Record<string, string> = {
  curl: "curl",
  docker: "docker.io",
  "docker-registry": "docker-registry",
  git: "git",
  rsync: "rsync",
};

async function missingPackages(): Promise<string[]> {
  const present = await Promise.all(Object.keys(programs).map(isOnPath));
  return Object.values(programs).filter((_, index) => !present[index]);
}

async function canInstall(): Promise<boolean> {
  return process.getuid?.() === 0 && (await isOnPath("apt-get"));
}

/**
 * Installs Debian packages. Throws one message with the command to type where that needs rights or a
 * distribution that this process does not have.
 */
export async function aptInstall(packages: string[], progress: (line: string) => void): Promise<void> {
  const words = ["install", "-y", "--no-install-recommends", ...packages];
  if (!(await canInstall())) {
    throw new Error(
      `Missing on this machine: ${packages.join(", ")}.\n` +
        `Only root on Debian can install them from here. Fix: sudo apt-get ${words.join(" ")}`,
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await command("apt-get", ["update", "-q"], { env, onLine: progress });
  await command("apt-get", words, { env, onLine: progress });
}

/** Debian packages of the programs that the sandbox runs. */
export const systemPackages: SetUpStep = {
  neededFor: "sandbox",
  title: "Debian packages (docker.io, docker-registry, git, rsync, curl)",
  expected: "30 s",
  isPresent: async () => (await missingPackages()).length === 0,
  async make(progress) {
    const packages = await missingPackages();
    await aptInstall(packages, progress);
    return `installed ${packages.join(", ")}`;
  },
};

async function engineAnswers(): Promise<boolean> {
  const format = "{{.Server.Version}}";
  return (await tryCommand("docker", ["version", "--format", format], { timeoutSeconds: 20 })).code === 0;
}

/** A running docker engine: the one there is, or started (and if need be installed) when this is root. */
export const dockerEngine: SetUpStep = {
  neededFor: "sandbox",
  title: "docker engine",
  expected: "5 s",
  isPresent: engineAnswers,
  async make(progress) {
    const answer = await tryCommand("docker", ["version"]);
    if (process.getuid?.() !== 0) {
      const said = answer.stderr.trim().split("\n").at(-1) ?? "";
      throw new Error(/permission denied/i.test(said) ? notInGroup() : notRunning(said));
    }
    if (!(await isOnPath("dockerd"))) await aptInstall(["docker.io"], progress);
    progress("starting");
    const log = path.join(cache, "dockerd.log");
    await mkdir(cache, { recursive: true });
    if ((await tryCommand("service", ["docker", "start"])).code !== 0 || !(await answersWithin(15))) {
      const file = openSync(log, "a");
      spawn("dockerd", [], { detached: true, stdio: ["ignore", file, file] }).unref();
    }
    if (await answersWithin(45)) return "started";
    const tail = (await readFile(log, "utf8").catch(() => "")).trim().split("\n").slice(-5).join("\n");
    throw new Error(`The docker engine was started but does not answer. End of its log (${log}):\n${tail}`);
  },
};

/** https://docs.docker.com/engine/install/linux-postinstall/#manage-docker-as-a-non-root-user */
function notInGroup(): string {
  const { username } = userInfo();
  return (
    `User ${username} may not use the docker engine of this machine: only root and members of group docker may.\n` +
    `Fix: sudo usermod --append --groups docker ${username}, then log in again (or, for this terminal: newgrp docker).\n` +
    "Members of that group can do on this machine what root can."
  );
}

const notRunning = (said: string) =>
  "The docker engine does not answer and only root can start it.\n" +
  `  docker version: ${said}\n` +
  "Fix: start it (sudo systemctl start docker), or set DOCKER_HOST to one that runs.";

async function answersWithin(seconds: number): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await delay(500)) {
    if (await engineAnswers()) return true;
  }
  return false;
}
