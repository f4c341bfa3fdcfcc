import { timingSafeEqual } from "node:crypto";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ApiError, must, unauthorized } from "../errors.ts";
import { hooksDir, type Instance, repositoryDir } from "../instance.ts";
import { pushRuleRefusal } from "../push-rules.ts";
import { isEmpty, tryGit } from "./git.ts";
import { afterPush } from "./post-receive.ts";
import { isCreation, isDeletion, type PushContext, type RefChange, refusal } from "./push-checks.ts";

/** What a git hook sends; see `hook-client.ts`. */
export interface HookMessage {
  projectId: number;
  userId: number;
  /** The deploy key that was used. */
  deployKeyId: number | null;
  changes: { ref: string; oldSha: string; newSha: string }[];
  /** Where git keeps the objects of a push that is not yet accepted. */
  objects: Record<string, string>;
  options: string[];
}

export const HOOK_SECRET_HEADER = "gitlab-shell-secret";

/** Writes the hooks that every repository of the instance uses. */
export async function writeHooks(instance: Instance): Promise<void> {
  const dir = hooksDir(instance);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const client = resolve(import.meta.dirname, "hook-client.ts");
  for (const name of ["pre-receive", "post-receive"]) {
    const file = join(dir, name);
    await writeFile(file, `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(client)} ${name}\n`);
    await chmod(file, 0o700);
  }
}

const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The calls that git hooks make back into the service, apart from the public API. */
export function hookRoutes(server: FastifyInstance, instance: Instance): void {
  server.post("/api/v4/internal/pre_receive", async (request) => {
    const message = readMessage(instance, request);
    const context = await pushContext(instance, message);
    const changes = await withForced(instance, message);
    for (const change of changes) {
      const { state, project, user } = context;
      const dir = repositoryDir(instance, project.id);
      const text =
        refusal(context, change) ??
        (await pushRuleRefusal({ state, project, user, dir, env: message.objects }, change));
      if (text !== undefined) return { accepted: false, message: `GitLab: ${text}` };
    }
    return { accepted: true };
  });
  server.post("/api/v4/internal/post_receive", async (request) => {
    const message = readMessage(instance, request);
    const { user } = await pushContext(instance, message);
    const changes = message.changes.map((change) => ({ ...change, forced: false }));
    await afterPush(instance, message.projectId, user, changes, { options: message.options, source: "push" });
    return { accepted: true };
  });
}

function readMessage(instance: Instance, request: FastifyRequest): HookMessage {
  const given = Buffer.from(String(request.headers[HOOK_SECRET_HEADER] ?? ""));
  const secret = Buffer.from(instance.hookSecret);
  if (given.length !== secret.length || !timingSafeEqual(given, secret)) throw unauthorized();
  return request.body as HookMessage;
}

async function pushContext(instance: Instance, message: HookMessage): Promise<PushContext> {
  const state = instance.store.data;
  const project = must(
    state.projects.find(({ id }) => id === message.projectId),
    "Project",
  );
  const user = must(
    state.users.find(({ id }) => id === message.userId),
    "User",
  );
  const emptyRepository = await isEmpty(repositoryDir(instance, project.id));
  const byDeployKey = message.deployKeyId !== null;
  return { state, project, user, byDeployKey, emptyRepository, web: false };
}

/** Finds out which changes would lose commits; the new ones are still in git's quarantine. */
async function withForced(instance: Instance, message: HookMessage): Promise<RefChange[]> {
  const dir = repositoryDir(instance, message.projectId);
  const changes: RefChange[] = [];
  for (const change of message.changes) {
    const plain = { ...change, forced: false };
    if (!change.ref.startsWith("refs/heads/") || isCreation(plain) || isDeletion(plain)) {
      changes.push(plain);
      continue;
    }
    const result = await tryGit(["merge-base", "--is-ancestor", change.oldSha, change.newSha], {
      cwd: dir,
      env: message.objects,
    });
    if (result.code > 1) {
      throw new ApiError(500, { message: `git merge-base: ${result.stderr.trim()}` });
    }
    changes.push({ ...plain, forced: result.code === 1 });
  }
  return changes;
}
