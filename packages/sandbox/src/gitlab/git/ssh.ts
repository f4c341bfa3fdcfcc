/**
 * git over SSH with deploy keys, as GitLab Shell serves it: user `git`, a public key, and one of git's two services on
 * a project's path. https://docs.gitlab.com/user/project/deploy_keys/,
 * https://gitlab.com/gitlab-org/gitlab-shell/-/blob/main/README.md
 */
import { spawn } from "node:child_process";
import ssh2, { type AuthContext, type Connection, type ServerChannel, type Session } from "ssh2";
import { describeError } from "../../core/log.ts";
import { canRead, findProject } from "../access.ts";
import { hasEnded, recordsOf } from "../deploy-keys.ts";
import { type Instance, repositoryDir } from "../instance.ts";
import type { DeployKey, Project, User } from "../state.ts";
import { gitEnv } from "./git.ts";
import { hookEnvironment } from "./hook-environment.ts";
import type { HostKey } from "./ssh-host-key.ts";

/** Who has logged in: a key and the user who made it. */
interface Login {
  key: DeployKey;
  user: User;
}

/** Starts the SSH server on its port of 127.0.0.1. */
export async function startSsh(
  instance: Instance,
  port: number,
  hostKey: HostKey,
): Promise<{ close(): Promise<void> }> {
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [hostKey.privateKey] }, (connection) => {
    connections.add(connection);
    serve(instance, connection);
    connection.once("close", () => connections.delete(connection));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  server.on("error", (error: Error) => instance.log.warn(`ssh: ${error.message}`));
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.end();
      await closed;
    },
  };
}

function serve(instance: Instance, connection: Connection): void {
  let login: Login | undefined;
  connection.on("authentication", (context) => {
    login = authenticate(instance, context);
    if (login === undefined) context.reject(["publickey"]);
    else context.accept();
  });
  connection.on("session", (accept) => {
    if (login !== undefined) serveSession(instance, login, accept());
  });
  // A client that goes away in the middle, or that refuses the host key.
  connection.on("error", (error: Error) => instance.log.info(`ssh: ${error.message}`));
}

/** Whose key it is. A client first asks whether a key would do, and then signs with it. */
function authenticate(instance: Instance, context: AuthContext): Login | undefined {
  if (context.method !== "publickey" || context.username !== "git") return undefined;
  const { data } = instance.store;
  const [key] = recordsOf(data, context.key.data);
  const user = data.users.find(({ id }) => id === key?.userId);
  if (key === undefined || user === undefined) return undefined;
  if (context.signature === undefined) return { key, user };
  const parsed = ssh2.utils.parseKey(key.key);
  if (parsed instanceof Error || context.blob === undefined) return undefined;
  return parsed.verify(context.blob, context.signature, context.hashAlgo) === true
    ? { key, user }
    : undefined;
}

function serveSession(instance: Instance, login: Login, session: Session): void {
  let protocol: string | undefined;
  session.on("env", (accept, _reject, { key, val }) => {
    // The only variable that GitLab's server takes: https://git-scm.com/docs/protocol-v2
    if (key === "GIT_PROTOCOL") protocol = val;
    accept?.();
  });
  session.on("shell", (accept) => {
    const stream = accept();
    stream.write(`Welcome to GitLab, @${login.user.username}!\n`);
    finish(stream, 0);
  });
  session.on("exec", (accept, _reject, { command }) => {
    const stream = accept();
    try {
      const target = authorize(instance, login, command);
      if ("refusal" in target) refuse(stream, target.refusal);
      else runService(instance, login, target, stream, protocol);
    } catch (error) {
      instance.log.error(`ssh: ${describeError(error)}`);
      refuse(stream, "Internal API error (500)");
    }
  });
}

interface Target {
  service: "upload-pack" | "receive-pack";
  project: Project;
}

/** GitLab's checks before git runs. https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/git_access.rb */
function authorize(instance: Instance, { key, user }: Login, command: string): Target | { refusal: string } {
  const match = /^git[- ](upload-pack|receive-pack) '?\/?(.+?)(?:\.git)?'?$/.exec(command);
  if (match === null) return { refusal: "Disallowed command" };
  if (user.state !== "active") return { refusal: "Your account has been blocked." };
  if (hasEnded(key)) return { refusal: "Your SSH key has expired." };
  const { data } = instance.store;
  const service = match[1] as Target["service"];
  const project = findProject(data, match[2] ?? "");
  const record = data.deployKeys.find(({ id, projectId }) => id === key.id && projectId === project?.id);
  const isOpen = project !== undefined && project.visibility !== "private";
  if (project === undefined || (record === undefined && !isOpen)) {
    const words =
      "The project you were looking for could not be found or you don't have permission to view it.";
    return { refusal: words };
  }
  if (service === "upload-pack") return { service, project };
  if (!record?.canPush) return { refusal: "This deploy key does not have write access to this project." };
  if (!canRead(data, user, project)) {
    return { refusal: "You are not allowed to push code to this project." };
  }
  return project.archived ? { refusal: "You can't push code to an archived project." } : { service, project };
}

function runService(
  instance: Instance,
  { key, user }: Login,
  { service, project }: Target,
  stream: ServerChannel,
  protocol: string | undefined,
): void {
  const env = gitEnv({
    ...hookEnvironment(instance, project, { user, deployKey: key }),
    ...(protocol !== undefined && { GIT_PROTOCOL: protocol }),
  });
  const child = spawn("git", [service, repositoryDir(instance, project.id)], { env, stdio: "pipe" });
  stream.pipe(child.stdin);
  child.stdin.on("error", (error) => instance.log.info(`git ${service}: ${error.message}`));
  child.stdout.pipe(stream, { end: false });
  child.stderr.pipe(stream.stderr, { end: false });
  child.once("error", (error) => refuse(stream, error.message));
  child.once("close", (code) => finish(stream, code ?? 1));
  stream.once("close", () => child.kill("SIGTERM"));
}

/** A refusal in the frame that GitLab Shell puts around it. */
function refuse(stream: ServerChannel, words: string): void {
  const rule = "=".repeat(72);
  for (const line of ["", rule, "", `ERROR: ${words}`, "", rule, ""])
    stream.stderr.write(`remote: ${line}\n`);
  finish(stream, 1);
}

function finish(stream: ServerChannel, code: number): void {
  stream.exit(code);
  stream.end();
}
