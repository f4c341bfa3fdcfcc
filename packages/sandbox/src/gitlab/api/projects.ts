import { canSee, effectiveLevel, namespacePath, projectPath } from "../access.ts";
import { ApiError, forbidden, invalid, must, parameterError } from "../errors.ts";
import { commitFiles } from "../git/commit.ts";
import { git, initRepository } from "../git/git.ts";
import { repositoryDir } from "../instance.ts";
import { applicationSettings } from "../instance-settings.ts";
import { dropRedirect, renameProject, restoreProject } from "../project-removal.ts";
import { inheritPushRule } from "../push-rules.ts";
import {
  MAINTAINER,
  type NamespaceRef,
  nextId,
  now,
  OWNER,
  type Project,
  type State,
  type Visibility,
} from "../state.ts";
import { checkRestricted, checkWithin, VISIBILITIES, visibilityWithin } from "../visibility.ts";
import type { Api, Call } from "./call.ts";
import { pageById } from "./keyset.ts";
import { namespaceById } from "./namespaces.ts";
import type { Params } from "./params.ts";
import { deleteProject } from "./project-deletion.ts";
import { projectEntity } from "./project-entity.ts";
import { applySharedRunners, mayCreateProjects, refuseMissing } from "./project-rules.ts";
import { readSettings } from "./project-settings.ts";

/** Projects: https://docs.gitlab.com/api/projects/ */
export function projectRoutes(api: Api): void {
  const { instance } = api;
  api.get("/projects", (call) => {
    const projects = listProjects(call).filter((project) => canSee(call.state, call.principal, project));
    return Promise.all(pageById(call, projects).map((project) => projectEntity(call, project)));
  });
  for (const base of ["/users/:user_id/projects", "/groups/:id/projects"]) {
    api.get(base, (call) => {
      const kind = base.startsWith("/users") ? "user" : "group";
      const wanted = call.path(kind === "user" ? "user_id" : "id").toLowerCase();
      const projects = listProjects(call).filter(
        (project) =>
          project.namespace.kind === kind &&
          (String(project.namespace.id) === wanted ||
            namespacePath(call.state, project.namespace).toLowerCase() === wanted) &&
          canSee(call.state, call.principal, project),
      );
      return Promise.all(pageById(call, projects).map((project) => projectEntity(call, project)));
    });
  }
  api.get("/projects/:id", (call) => projectEntity(call, call.project()));
  api.post("/projects", createProject);
  api.put("/projects/:id", updateProject);
  api.delete("/projects/:id", deleteProject);
  api.post("/projects/:id/restore", async (call) => {
    const project = await restoreProject(instance, call.project(OWNER));
    return projectEntity(call, project);
  });
  for (const [action, archived] of [
    ["archive", true],
    ["unarchive", false],
  ] as const) {
    api.post(`/projects/:id/${action}`, async (call) => {
      const { id } = call.project(OWNER);
      const project = await instance.store.update((state) => {
        const stored = must(state.projects.find((candidate) => candidate.id === id));
        stored.archived = archived;
        return stored;
      });
      return projectEntity(call, project);
    });
  }
}

function listProjects(call: Call): Project[] {
  const { params, principal, state } = call;
  const search = params.string("search")?.toLowerCase();
  const visibility = params.oneOf("visibility", VISIBILITIES);
  const archived = params.boolean("archived");
  const active = params.boolean("active");
  const deletedOn = params.date("marked_for_deletion_on");
  const member = params.boolean("membership") ? 1 : 0;
  const owner = params.boolean("owned") ? OWNER : 0;
  const minimum = Math.max(params.integer("min_access_level") ?? member, owner);
  const topics = params.list("topic") ?? [];
  const namespaces = params.boolean("search_namespaces") ?? false;
  const text = (project: Project) =>
    `${project.name} ${namespaces ? projectPath(state, project) : project.path}`.toLowerCase();
  const found = state.projects
    .filter((project) => search === undefined || text(project).includes(search))
    .filter((project) => project.visibility === (visibility ?? project.visibility))
    .filter((project) => project.archived === (archived ?? project.archived))
    .filter((project) => isActive(project) === (active ?? isActive(project)))
    .filter((project) => deletedOn === undefined || project.markedForDeletionOn === deletedOn)
    .filter((project) => topics.every((topic) => project.topics.includes(topic)))
    .filter((project) => minimum === 0 || effectiveLevel(state, principal, project) >= minimum);
  const ascending = params.string("sort") === "asc";
  return found.sort((a, b) => (ascending ? a.id - b.id : b.id - a.id));
}

const isActive = (project: Project) => !project.archived && project.markedForDeletionOn === undefined;

const PATH_RULE =
  "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-', end in '.git' or end in '.atom'";

function checkPath(path: string): void {
  if (!/^[a-zA-Z0-9_.][a-zA-Z0-9_.-]*$/.test(path) || /\.(git|atom)$/.test(path) || /^\.+$/.test(path)) {
    throw invalid({ path: [PATH_RULE] });
  }
}

function checkName(name: string): void {
  if (!/^[\p{L}\p{N}_\p{Extended_Pictographic}][\p{L}\p{N}\p{Extended_Pictographic}_.+ -]*$/u.test(name)) {
    throw invalid({
      name: [
        "can contain only letters, digits, emoji, '_', '.', '+', dashes, or spaces. It must start with a letter, digit, emoji, or '_'.",
      ],
    });
  }
}

function targetNamespace(call: Call): NamespaceRef {
  const { caller, state } = call;
  const id = call.params.integer("namespace_id");
  if (id === undefined) return { kind: "user", id: caller.user.id };
  const namespace = namespaceById(state, id);
  if (namespace === undefined) throw invalid({ namespace: ["is not valid"] });
  const ref: NamespaceRef = { kind: namespace.kind, id: namespace.id };
  if (!mayCreateProjects(state, caller.user, ref)) throw invalid({ namespace: ["is not valid"] });
  return ref;
}

function checkFree(state: State, namespace: NamespaceRef, path: string, self?: number): void {
  const wanted = `${namespacePath(state, namespace)}/${path}`.toLowerCase();
  const taken =
    state.projects.some((p) => p.id !== self && projectPath(state, p).toLowerCase() === wanted) ||
    state.groups.some((group) => group.fullPath.toLowerCase() === wanted);
  if (!taken) return;
  const text = ["has already been taken"];
  throw invalid({ "project_namespace.name": text, name: text, path: text });
}

/** `My project` becomes `my-project`. */
function slug(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}

function defaultVisibility(state: State): Visibility {
  return applicationSettings(state).default_project_visibility as Visibility;
}

async function createProject(call: Call): Promise<unknown> {
  const { caller, instance, params } = call;
  if (caller.user.bot) throw forbidden();
  const name = params.string("name") ?? params.string("path");
  if (name === undefined) {
    throw parameterError("name, path are missing, at least one parameter must be provided");
  }
  const path = params.string("path") ?? slug(name);
  checkName(name);
  checkPath(path);
  refuseMissing(params);
  const namespace = targetNamespace(call);
  const withReadme = params.boolean("initialize_with_readme") ?? false;
  const branch = params.string("default_branch") || "main";
  const project = await instance.store.update((state) => {
    const visibility = visibilityWithin(
      state,
      namespace,
      params.oneOf("visibility", VISIBILITIES) ?? defaultVisibility(state),
    );
    checkRestricted(state, caller.user, visibility);
    checkFree(state, namespace, path);
    const at = now();
    const added: Project = {
      id: nextId(state, "project"),
      name,
      path,
      namespace,
      description: params.string("description") ?? null,
      visibility,
      // Known from the first commit on; until then GitLab shows the name it will take.
      defaultBranch: branch,
      creatorId: caller.user.id,
      createdAt: at,
      updatedAt: at,
      lastActivityAt: at,
      archived: false,
      topics: topicsOf(params) ?? [],
      settings: {},
      pipelines: 0,
    };
    readSettings(added.settings, params);
    applySharedRunners(state, namespace, added.settings, params);
    dropRedirect(state, `${namespacePath(state, namespace)}/${path}`);
    state.projects.push(added);
    inheritPushRule(state, added);
    if (namespace.kind === "user") {
      state.members.push({
        userId: namespace.id,
        source: { kind: "project", id: added.id },
        accessLevel: OWNER,
        expiresAt: null,
        createdAt: at,
      });
    }
    return added;
  });
  await initRepository(instance, project.id, branch);
  if (withReadme) {
    await commitFiles(instance, project.id, {
      branch,
      message: "Initial commit",
      author: caller.user,
      actions: [
        {
          action: "create",
          path: "README.md",
          content: Buffer.from(`# ${name}\n\n${params.string("description") ?? ""}\n`),
        },
      ],
      user: caller.user,
    });
  }
  return projectEntity(call, must(instance.store.data.projects.find(({ id }) => id === project.id)));
}

const topicsOf = (params: Params) => params.list("topics") ?? params.list("tag_list");

async function updateProject(call: Call): Promise<unknown> {
  const { instance, params } = call;
  const { id, defaultBranch } = call.project(MAINTAINER);
  refuseMissing(params);
  const branch = params.string("default_branch") || undefined;
  if (branch !== undefined && branch !== defaultBranch) await moveDefaultBranch(call, id, branch);
  // Read before the update begins: a wrong value is told of before anything else is.
  const visibility = params.oneOf("visibility", VISIBILITIES);
  const project = await instance.store.update((state) => {
    const stored = must(
      state.projects.find((candidate) => candidate.id === id),
      "Project",
    );
    change(call, state, stored, visibility);
    if (branch !== undefined) stored.defaultBranch = branch;
    readSettings(stored.settings, params);
    applySharedRunners(state, stored.namespace, stored.settings, params);
    stored.updatedAt = now();
    return stored;
  });
  instance.runner.wake();
  return projectEntity(call, project);
}

/** Changes what a project has beside its settings. Moving it and showing it to others is for owners. */
function change(call: Call, state: State, stored: Project, visibility: Visibility | undefined): void {
  const { params } = call;
  const owned = () => {
    if (effectiveLevel(state, call.principal, stored) < OWNER) throw forbidden();
  };
  const path = params.string("path") ?? stored.path;
  if (path !== stored.path) {
    owned();
    checkPath(path);
    checkFree(state, stored.namespace, path, stored.id);
    renameProject(state, stored, path);
  }
  const name = params.string("name");
  if (name !== undefined) {
    checkName(name);
    stored.name = name;
  }
  if (visibility !== undefined && visibility !== stored.visibility) {
    owned();
    checkRestricted(state, call.caller.user, visibility);
    checkWithin(state, stored.namespace, visibility);
    stored.visibility = visibility;
  }
  if (params.has("description")) stored.description = params.string("description") ?? null;
  stored.topics = topicsOf(params) ?? stored.topics;
}

async function moveDefaultBranch(call: Call, projectId: number, branch: string): Promise<void> {
  const dir = repositoryDir(call.instance, projectId);
  const existing = (await git(["for-each-ref", "--format=%(refname)", "refs/heads"], { cwd: dir })).split(
    "\n",
  );
  if (existing.some((ref) => ref !== "") && !existing.includes(`refs/heads/${branch}`)) {
    throw new ApiError(400, {
      message: { base: [`Could not change HEAD: branch '${branch}' does not exist`] },
    });
  }
  await git(["symbolic-ref", "HEAD", `refs/heads/${branch}`], { cwd: dir });
}
