// Run by git as pre-receive and post-receive hook: asks the service, and prints its refusal.
// Reads `<old> <new> <ref>` lines: https://git-scm.com/docs/githooks#pre-receive
import type { HookMessage } from "./hooks.ts";

const OBJECT_VARIABLES = ["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH"];

async function readStdin(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function message(input: string): HookMessage {
  const { env } = process;
  const objects: Record<string, string> = {};
  for (const name of OBJECT_VARIABLES) {
    const value = env[name];
    if (value !== undefined) objects[name] = value;
  }
  const options: string[] = [];
  for (let i = 0; i < Number(env.GIT_PUSH_OPTION_COUNT ?? 0); i++) {
    options.push(env[`GIT_PUSH_OPTION_${i}`] ?? "");
  }
  const changes = input
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [oldSha = "", newSha = "", ...ref] = line.split(" ");
      return { oldSha, newSha, ref: ref.join(" ") };
    });
  return {
    projectId: Number(env.GITLAB_HOOK_PROJECT),
    userId: Number(env.GITLAB_HOOK_USER),
    deployKeyId: env.GITLAB_HOOK_DEPLOY_KEY === undefined ? null : Number(env.GITLAB_HOOK_DEPLOY_KEY),
    changes,
    objects,
    options,
  };
}

async function main(): Promise<number> {
  const name = process.argv[2]?.replace("-", "_");
  const answer = await fetch(`${process.env.GITLAB_HOOK_URL}/api/v4/internal/${name}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "gitlab-shell-secret": process.env.GITLAB_HOOK_SECRET ?? "",
    },
    body: JSON.stringify(message(await readStdin())),
  });
  if (!answer.ok) {
    process.stderr.write(`GitLab: the ${name} check answered ${answer.status}\n`);
    return 1;
  }
  const result = (await answer.json()) as { accepted: boolean; message?: string };
  if (result.accepted) return 0;
  process.stderr.write(`${result.message}\n`);
  return 1;
}

process.exitCode = await main();
