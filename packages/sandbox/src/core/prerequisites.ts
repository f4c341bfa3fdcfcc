import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type Docker from "dockerode";
import { describeError } from "./log.ts";

/** The programs that a sandbox runs, with the Debian package of each. */
const PROGRAMS: [program: string, debianPackage: string][] = [
  ["docker-registry", "docker-registry"],
  ["git", "git"],
  ["rsync", "rsync"],
];

/** Throws one error that names everything missing on this machine and how to get it. */
export async function checkPrerequisites(
  docker: Docker,
  path: string = process.env.PATH ?? "",
): Promise<void> {
  const missing = PROGRAMS.filter(([program]) => !isOnPath(program, path));
  if (missing.length > 0) {
    const programs = missing.map(([program]) => program).join(", ");
    const packages = missing.map(([, debianPackage]) => debianPackage).join(" ");
    throw new Error(
      `the sandbox needs ${programs}, not found on PATH. On Debian: apt-get install ${packages}`,
    );
  }
  try {
    await docker.ping();
  } catch (error) {
    throw new Error(
      `the docker engine does not answer (${describeError(error)}). Start it (\`systemctl start docker\` or ` +
        "`dockerd`), set DOCKER_HOST, or on Debian: apt-get install docker.io",
    );
  }
}

function isOnPath(program: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder || ".", program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
