/** gitlab:index/project:Project, https://docs.gitlab.com/api/projects/ */
import type { Contract, ResourceContract } from "../shared/contract.ts";
import { type Change, type Context, type Resource, UnfinishedError } from "../shared/provider.ts";
import { equal, type Props } from "../shared/values.ts";
import { explain, type GitLab, unlessGone } from "./api.ts";
import { type ApiProject, fieldsOf, outputsOf } from "./project-fields.ts";

const TYPE = "gitlab:index/project:Project";
const PATIENCE = 60_000;

export function project(api: GitLab, contract: Contract): Resource {
  const resource = contract.resources[TYPE];
  if (!resource) {
    throw new Error(`the contract lacks ${TYPE}`);
  }
  const projects = () => api.rest.Projects;
  const show = async (id: string): Promise<ApiProject | undefined> =>
    (await unlessGone(projects().show(id))) as unknown as ApiProject | undefined;

  return {
    rules: {
      autoName: "name",
      sets: ["topics", "ciIdTokenSubClaimComponents"],
      oneOf: {
        visibilityLevel: ["private", "internal", "public"],
        mergeMethod: ["merge", "rebase_merge", "ff"],
        squashOption: ["never", "always", "default_on", "default_off"],
      },
      createOnly: [
        "initializeWithReadme",
        "skipWaitForDefaultBranchProtection",
        "useCustomTemplate",
        "groupWithProjectTemplatesId",
        "branches",
      ],
      writeOnly: [
        "archiveOnDestroy",
        "permanentlyDeleteOnDestroy",
        "importUrlUsername",
        "importUrlPassword",
        "mrDefaultTargetSelf",
      ],
    },

    diff({ inputs }, differences) {
      if (inputs.path === undefined) {
        differences.delete("path"); // GitLab has made one from the name; it stays
      }
    },

    async create(context, inputs) {
      const made = (await projects().create({
        ...fieldsOf(inputs),
        ...(inputs.initializeWithReadme === undefined
          ? {}
          : { initialize_with_readme: inputs.initializeWithReadme }),
      } as never)) as unknown as ApiProject;
      const id = String(made.id);
      try {
        await settle(api, context, id, inputs);
        return { id, outputs: outputsOf(resource, (await show(id)) ?? made) };
      } catch (error) {
        throw new UnfinishedError(
          error instanceof Error ? error.message : String(error),
          id,
          outputsOf(resource, made),
        );
      }
    },

    async read(_context, id) {
      const found = await show(id);
      // A project that waits for its deletion is gone for the program.
      return found && !found.marked_for_deletion_on && !found.marked_for_deletion_at
        ? { id: String(found.id), outputs: outputsOf(resource, found) }
        : undefined;
    },

    async update(_context, change) {
      const { id } = change;
      const changed = changedInputs(resource, change);
      if (changed.namespaceId !== undefined) {
        await explain("failed to transfer the project", projects().transfer(id, Number(changed.namespaceId)));
      }
      const { namespaceId: _moved, ...rest } = fieldsAndArchived(changed);
      if (Object.keys(rest).length > 0) {
        await projects().edit(id, rest as never);
      }
      if (changed.archived !== undefined) {
        await (changed.archived === true ? projects().archive(id) : projects().unarchive(id));
      }
      const found = await show(id);
      if (!found) {
        throw new Error(`project ${id} is gone; run pulumi refresh`);
      }
      return outputsOf(resource, found);
    },

    async delete(context, id, state) {
      if (state.archiveOnDestroy === true) {
        await unlessGone(projects().archive(id));
        return;
      }
      if (
        (await unlessGone(
          projects()
            .remove(id)
            .then(() => true),
        )) === undefined
      ) {
        return;
      }
      await untilRemoved(context, show, id, async (path) => {
        if (state.permanentlyDeleteOnDestroy === true) {
          await unlessGone(projects().remove(id, { permanentlyRemove: true, fullPath: path } as never));
        }
      });
    },
  };
}

/** What an update sends: inputs that differ from the state, and texts that the program has taken away, as "". */
function changedInputs(resource: ResourceContract, { state, oldInputs, inputs }: Change): Props {
  const differing = Object.entries(inputs).filter(([key, value]) => !equal(value, state[key]));
  const removed = Object.keys(oldInputs).filter(
    (key) =>
      inputs[key] === undefined && typeof oldInputs[key] === "string" && !resource.alwaysSet.includes(key),
  );
  return { ...Object.fromEntries(differing), ...Object.fromEntries(removed.map((key) => [key, ""])) };
}

function fieldsAndArchived(changed: Props): Record<string, unknown> {
  const { namespace_id: namespaceId, ...fields } = fieldsOf(changed);
  return namespaceId === undefined ? fields : { ...fields, namespaceId };
}

/** What a new project needs beyond the call that makes it. */
async function settle(api: GitLab, context: Context, id: string, inputs: Props): Promise<void> {
  if (inputs.archived === true) {
    await api.rest.Projects.archive(id);
  }
  if (inputs.initializeWithReadme === true && inputs.skipWaitForDefaultBranchProtection !== true) {
    // GitLab protects the default branch of a project with commits in the background.
    const found = await api.rest.Projects.show(id);
    const branch = found.default_branch;
    await wait(
      context,
      `the protection of branch ${branch} of project ${id}`,
      async () => (await unlessGone(api.rest.ProtectedBranches.show(id, branch))) !== undefined,
    );
  }
}

/** GitLab removes projects in the background; some instances only mark them and remove them days later. */
async function untilRemoved(
  context: Context,
  show: (id: string) => Promise<ApiProject | undefined>,
  id: string,
  marked: (path: string) => Promise<void>,
): Promise<void> {
  let told = false;
  await wait(context, `the removal of project ${id}`, async () => {
    const found = await show(id);
    if (found && (found.marked_for_deletion_on || found.marked_for_deletion_at) && !told) {
      told = true;
      await marked(found.path_with_namespace);
      return false;
    }
    return !found || told;
  });
}

async function wait(context: Context, what: string, done: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE;
  for (let pause = 50; !(await done()); pause = Math.min(pause * 2, 2000)) {
    if (Date.now() > end || context.signal.aborted) {
      throw new Error(`waited ${PATIENCE / 1000} s in vain for ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
