/**
 * Projects that GitLab has marked for deletion and that are still in the state: a destroy was carried out, and its answer
 * lost. GitLab refuses to mark a project twice, so that no further destroy would get past it.
 * https://docs.gitlab.com/api/projects/#delete-a-project
 */
import { gitlabDelete, gitlabGet } from "../../lib/gitlab/client.ts";
import type { Account } from "../../lib/http/account.ts";
import { jsonOf } from "../../lib/http/request.ts";
import { plain } from "../../lib/pulumi/stored.ts";
import { types } from "../../lib/pulumi/types.ts";
import type { State } from "./state.ts";

export interface MarkedProject {
  readonly urn: string;
  readonly words: string;
  /** Removes it for good where the stack's settings say so; it is to be called before the state forgets the project. */
  finish(): Promise<void>;
}

interface Project {
  readonly path_with_namespace: string;
  readonly marked_for_deletion_on?: string | null;
  readonly marked_for_deletion_at?: string | null;
}

export async function markedProjects(
  account: Account,
  { resources }: Pick<State, "resources">,
): Promise<MarkedProject[]> {
  const projects = resources.filter(({ type, id }) => type === types.gitlab.project && id);
  const found = await Promise.all(
    projects.map(async ({ urn, id, inputs, outputs }) => {
      const answer = await gitlabGet(account, `/projects/${id}`);
      const project = answer.status === 200 ? (jsonOf(answer) as Project) : undefined;
      if (!project?.marked_for_deletion_on && !project?.marked_for_deletion_at) return [];
      const path = encodeURIComponent(project.path_with_namespace);
      return {
        urn,
        words: `dropped project ${plain(outputs.pathWithNamespace)}, which GitLab has marked for deletion`,
        finish: async () => {
          if (inputs.permanentlyDeleteOnDestroy !== true) return;
          await gitlabDelete(account, `/projects/${id}?permanently_remove=true&full_path=${path}`);
        },
      };
    }),
  );
  return found.flat();
}
