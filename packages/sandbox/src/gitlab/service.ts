import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxContext, Service } from "../core/context.ts";
import { openStore } from "../core/store.ts";
import { addRunner } from "./api/runners.ts";
import { createServer } from "./api/server.ts";
import { createUser } from "./api/users.ts";
import { ensureInstanceVariable } from "./api/variables.ts";
import { writeHooks } from "./git/hooks.ts";
import { startPushWorker } from "./git/post-receive.ts";
import { startSsh } from "./git/ssh.ts";
import { knownHostsLine, openHostKey } from "./git/ssh-host-key.ts";
import type { Instance, StartRunner } from "./instance.ts";
import { startContainerRegistry } from "./registry.ts";
import { emptyState, type State } from "./state.ts";
import { addToken, SCOPES } from "./tokens.ts";
import { hashToken, newToken, openVault } from "./vault.ts";

/** The running GitLab stand-in. */
export interface GitLabService extends Service {
  /** `http://127.0.0.1:<port>`. */
  url: string;
  /** `<url>/api/v4`, what clients call the base URL. */
  apiUrl: string;
  /** The host key of git over SSH, as a line of a `known_hosts` file. */
  sshKnownHosts: string;
  /** Host and port that image names begin with. */
  registryHost: string;
  /** The token of the administrator `root`. */
  adminToken: string;
}

/** Starts GitLab's API, git over HTTP and SSH, and container registry on their ports of 127.0.0.1, and its runner. */
export async function startGitLab(ctx: SandboxContext, startRunner: StartRunner): Promise<GitLabService> {
  const dir = join(ctx.stateDir, "gitlab");
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const vault = await openVault(join(dir, "secret.key"));
  const store = openStore<State>(join(dir, "state.json"), emptyState(), () =>
    ctx.faults.beforeWrite("gitlab"),
  );
  // A state that an earlier sandbox wrote has no lists of what is new.
  await store.update((state) => Object.assign(state, { ...emptyState(), ...state }));
  const url = `http://127.0.0.1:${ctx.ports.gitlab}`;
  const instance: Instance = {
    ctx,
    log: ctx.log("gitlab"),
    store,
    vault,
    url,
    sshUrl: `ssh://git@127.0.0.1:${ctx.ports.gitlabSsh}`,
    registryHost: `127.0.0.1:${ctx.ports.gitlabRegistry}`,
    dir,
    hookSecret: randomBytes(24).toString("base64url"),
    runner: { wake() {}, async cancel() {} },
    pushes: { wake() {} },
  };
  const adminToken = await firstStart(instance);
  await writeHooks(instance);
  const hostKey = await openHostKey(join(dir, "ssh_host_ed25519_key"));
  const registry = await startContainerRegistry(instance);
  const server = createServer(instance, registry);
  const pushes = startPushWorker(instance);
  const runner = await startRunner(instance);
  instance.runner = runner;
  instance.pushes = pushes;
  await server.listen({ host: "127.0.0.1", port: ctx.ports.gitlab });
  const ssh = await startSsh(instance, ctx.ports.gitlabSsh, hostKey);
  instance.log.info(`listening on ${url}`);
  pushes.wake();
  runner.wake();
  return {
    url,
    apiUrl: `${url}/api/v4`,
    sshKnownHosts: knownHostsLine("127.0.0.1", ctx.ports.gitlabSsh, hostKey),
    registryHost: instance.registryHost,
    adminToken,
    async close() {
      await ssh.close();
      await server.close();
      await pushes.idle();
      await runner.close();
      await registry.close();
      await store.close();
    },
  };
}

/** Makes the administrator, the runner and the instance's CI variables, unless they are there. */
async function firstStart(instance: Instance): Promise<string> {
  const { ctx, store, vault } = instance;
  if (store.data.adminTokenSealed !== null) return vault.open(store.data.adminTokenSealed);
  return store.update((state) => {
    const root = createUser(state, {
      username: "root",
      name: "Administrator",
      email: "admin@example.com",
      admin: true,
      bot: false,
    });
    const { plain } = addToken(state, {
      userId: root.id,
      projectId: null,
      jobId: null,
      name: "sandbox",
      description: "Made by the sandbox at its first start",
      scopes: SCOPES,
      expiresAt: null,
    });
    addRunner(state, {
      description: "sandbox runner",
      type: "instance_type",
      ownerIds: [],
      tags: ["docker", "linux", "sandbox"],
      runUntagged: true,
      paused: false,
      locked: false,
      tokenHash: hashToken(newToken("glrt-")),
    });
    // A GitLab feature: variables of all projects, which the templates of this repository look at.
    ensureInstanceVariable(vault, state, "PYTHON_IMAGE", ctx.images.ciPython);
    ensureInstanceVariable(vault, state, "DOCKER_CLI_IMAGE", ctx.images.ciDocker);
    state.adminTokenSealed = vault.seal(plain);
    return plain;
  });
}
