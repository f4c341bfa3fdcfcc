import { fileURLToPath } from "node:url";

/** Entry point of gitlab-ci-local (https://github.com/firecow/gitlab-ci-local), which expands and runs jobs. */
export const CI_LOCAL = fileURLToPath(import.meta.resolve("gitlab-ci-local"));

/** Its environment: nothing of the caller's but the way to programs and the docker engine. */
export function ciLocalEnvironment(home: string, shimDir?: string): Record<string, string> {
  const path = process.env.PATH ?? "/usr/bin:/bin";
  const env: Record<string, string> = {
    PATH: shimDir === undefined ? path : `${shimDir}:${path}`,
    HOME: home,
    LANG: "C.UTF-8",
    NO_COLOR: "1",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
  };
  for (const name of ["DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY"]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}
