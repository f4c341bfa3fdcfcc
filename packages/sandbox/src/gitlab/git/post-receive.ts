import { isDiskFull, pause, updateWithPatience } from "../../core/full-disk.ts";
import { describeError } from "../../core/log.ts";
import { must } from "../errors.ts";
import { type Instance, repositoryDir } from "../instance.ts";
import { createPipeline, dropEvent } from "../pipelines/create.ts";
import type { PipelineVariable, PushEvent } from "../pipelines/records.ts";
import { protectDefaultBranch } from "../protection.ts";
import { nextId, now, type State, type User } from "../state.ts";
import { git, resolveRef } from "./git.ts";
import { isCreation, isDeletion, type RefChange } from "./push-checks.ts";

export interface PushInfo {
  /** `git push -o`: https://docs.gitlab.com/topics/git/commit/#push-options */
  options: string[];
  source: "push" | "api" | "web";
}

/**
 * What follows a push that was accepted: the first branch becomes the default one and gets its protection,
 * and every changed branch or tag gets a pipeline when its configuration asks for one.
 */
export async function afterPush(
  instance: Instance,
  projectId: number,
  user: User,
  changes: RefChange[],
  info: PushInfo,
): Promise<void> {
  await noteDefaultBranch(instance, projectId, changes);
  if (info.options.includes("ci.skip")) return;
  const variables = pushVariables(instance, info.options);
  const dir = repositoryDir(instance, projectId);
  const events: Omit<PushEvent, "id">[] = [];
  for (const change of changes) {
    const match = /^refs\/(heads|tags)\/(.+)$/s.exec(change.ref);
    if (match === null || isDeletion(change)) continue;
    // A tag may be an object of its own, and may stand for something else than a commit.
    const sha = await resolveRef(dir, `${change.newSha}^{commit}`);
    if (sha === undefined) continue;
    const [, kind, ref = ""] = match;
    const { oldSha: beforeSha } = change;
    events.push({ projectId, userId: user.id, ref, tag: kind === "tags", beforeSha, sha, variables });
  }
  if (events.length === 0) return;
  await patiently(instance, (state) => {
    for (const event of events) state.pushEvents.push({ ...event, id: nextId(state, "pushEvent") });
  });
  instance.pushes.wake();
}

/** Git has the push by now: nobody would send it again, so what follows from it waits for room on the disk. */
const patiently = ({ store, ctx }: Instance, change: (state: State) => void) =>
  updateWithPatience(store, ctx.abort, change);

function pushVariables(instance: Instance, options: string[]): PipelineVariable[] {
  return options
    .map((option) => /^ci\.variable="?([A-Za-z0-9_]+)=(.*?)"?$/s.exec(option))
    .filter((match) => match !== null)
    .map((match) => ({
      key: match[1] ?? "",
      sealed: instance.vault.seal(match[2] ?? ""),
      type: "env_var" as const,
    }));
}

/** Makes the pipelines of accepted pushes, one after another, and those that a crash has left to be made. */
export function startPushWorker(instance: Instance): { wake(): void; idle(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const work = async () => {
    const event = instance.store.data.pushEvents[0];
    if (event === undefined || instance.ctx.abort.aborted) return;
    const user = instance.store.data.users.find(({ id }) => id === event.userId);
    let made = false;
    if (user !== undefined) {
      try {
        made = (await createPipeline(instance, { ...event, source: "push", user, event })) !== undefined;
      } catch (error) {
        instance.log.error(
          `no pipeline for ${event.ref} of project ${event.projectId}: ${describeError(error)}`,
        );
        if (isDiskFull(error)) {
          await pause(instance.ctx.abort);
          return work();
        }
      }
    }
    const { store, ctx } = instance;
    if (!made) await updateWithPatience(store, ctx.abort, (state) => dropEvent(state, event.id));
    await work();
  };
  return {
    wake() {
      running = running.then(work).catch((error: unknown) => instance.log.error(`push worker: ${error}`));
    },
    idle: () => running,
  };
}

async function noteDefaultBranch(instance: Instance, projectId: number, changes: RefChange[]): Promise<void> {
  const dir = repositoryDir(instance, projectId);
  const created = changes
    .filter((change) => change.ref.startsWith("refs/heads/") && isCreation(change))
    .map((change) => change.ref.slice("refs/heads/".length));
  const head = (await git(["symbolic-ref", "HEAD"], { cwd: dir })).trim();
  const unborn = (await resolveRef(dir, head)) === undefined;
  const first = created[0];
  if (unborn && first !== undefined) {
    await git(["symbolic-ref", "HEAD", `refs/heads/${first}`], { cwd: dir });
  }
  const branches = (
    await git(["for-each-ref", "--count=100000", "--format=%(refname)", "refs/heads"], { cwd: dir })
  )
    .split("\n")
    .filter((line) => line !== "");
  // All branches are of this push: it is the first one.
  const isFirst =
    created.length > 0 && branches.every((ref) => created.includes(ref.slice("refs/heads/".length)));
  await patiently(instance, (state) => {
    const project = must(
      state.projects.find(({ id }) => id === projectId),
      "Project",
    );
    project.lastActivityAt = now();
    if (unborn && first !== undefined) project.defaultBranch = first;
    if (isFirst) protectDefaultBranch(state, project);
  });
}
