import { markIn } from "../../../lib/pulumi/mark.ts";
import { setCommand } from "../../config/config.ts";
import { type Check, notChecked, ok, problem, type Verdict } from "../check.ts";
import { bodyOf } from "../service.ts";
import type { GitLabAnswers } from "./ask.ts";
import { projectGeneral } from "./pages.ts";

export const projectChecks: ReadonlyArray<Check<GitLabAnswers>> = [
  { name: "names of the projects", setting: "mlops:models", look: checkProjects },
];

/** https://docs.gitlab.com/api/projects/#retrieve-a-project */
interface Project {
  readonly id?: number;
  readonly description?: string | null;
  readonly marked_for_deletion_on?: string | null;
  /** What older versions call it. */
  readonly marked_for_deletion_at?: string | null;
}

function checkProjects(asked: GitLabAnswers): Verdict | Verdict[] {
  const bad = asked.projects.flatMap((project) => checkProject(project, asked) ?? []);
  if (bad.length > 0) return bad;
  const own = asked.projects.filter(({ answer }) => answer.status === 200).length;
  const free = asked.projects.length - own;
  return ok(
    [own > 0 && `${own} of the stack`, free > 0 && `${free} free`]
      .filter((part) => part !== false)
      .join(", "),
  );
}

function checkProject(
  { setting, name, path, answer }: GitLabAnswers["projects"][number],
  { config, owned }: GitLabAnswers,
): Verdict | undefined {
  // A project that had the path and was renamed, as deleted ones are: GitLab leads there, and gives the path to a new one.
  if (answer.status === 404 || answer.status === 301) return undefined;
  const project = bodyOf<Project>(answer);
  if (!project) return notChecked(`GitLab answers ${answer.status} when asked for project ${path}`);
  const isOwned = owned.projects.includes(path.toLowerCase());
  // The day on which somebody deleted it.
  const end = project.marked_for_deletion_on ?? project.marked_for_deletion_at;
  if (end) return condemned({ setting, name, path, end, isOwned }, config.gitlab.url);
  if (isOwned) return undefined;
  return problem({
    setting,
    found: `${JSON.stringify(name)}, but project ${path}${idOf(project)} exists and does not belong to this stack${makerOf(project)}`,
    allowed: "the name of no other project in the namespace",
    fix: `${setCommand(setting, `${name}-2`)}; if an interrupted update of this stack made it: npm run repair`,
  });
}

const idOf = ({ id }: Project) => (id === undefined ? "" : ` (id ${id})`);

/** Whose mark it has, where it has one. */
function makerOf({ description }: Project): string {
  const mark = markIn(description ?? "");
  return mark === undefined ? "" : `; its description ends with ${mark}`;
}

/**
 * A deleted project that still has its path: newer versions of GitLab rename it at once.
 * https://docs.gitlab.com/user/project/working_with_projects/#delete-a-project
 */
function condemned(
  {
    setting,
    name,
    path,
    end,
    isOwned,
  }: { setting: string; name: string; path: string; end: string; isOwned: boolean },
  url: string,
): Verdict {
  const page = projectGeneral(url, path);
  return problem({
    setting,
    found: `${JSON.stringify(name)}, and project ${path} was deleted on ${end} and keeps its name until GitLab removes it`,
    allowed: isOwned ? "a project that stays" : "the name of no project, not even of a deleted one",
    fix: isOwned
      ? `restore it, under "Advanced": ${page}`
      : `delete it at once, under "Advanced": ${page}, or ${setCommand(setting, `${name}-2`)}`,
  });
}
