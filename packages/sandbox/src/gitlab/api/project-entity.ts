import { canReadCode, effectiveLevel, fullName, projectPath } from "../access.ts";
import { imagePrefix, projectUrl, sshUrl } from "../addresses.ts";
import { isEmpty } from "../git/git.ts";
import { type Instance, repositoryDir } from "../instance.ts";
import { recordsOf } from "../project-records.ts";
import { MAINTAINER, type Project, type State } from "../state.ts";
import type { Call } from "./call.ts";
import { groupNamespace, userNamespace } from "./namespaces.ts";
import { effectiveSettings } from "./project-settings.ts";
import { findUser, userEntity } from "./users.ts";

/** A project as the API shows it: https://docs.gitlab.com/api/projects/#get-a-single-project */
export async function projectEntity(call: Call, project: Project): Promise<Record<string, unknown>> {
  const { instance, principal, state } = call;
  const path = projectPath(state, project);
  const url = projectUrl(instance, state, project);
  const empty = await isEmpty(repositoryDir(instance, project.id));
  const code = canReadCode(state, principal, project);
  const level = effectiveLevel(state, principal, project);
  const namespaceName =
    project.namespace.kind === "user"
      ? (findUser(state, project.namespace.id)?.name ?? "")
      : fullName(state, project.namespace.id);
  const api = `${instance.url}/api/v4/projects/${project.id}`;
  const owner = project.namespace.kind === "user" ? findUser(state, project.namespace.id) : undefined;
  return {
    id: project.id,
    description: project.description,
    name: project.name,
    name_with_namespace: `${namespaceName} / ${project.name}`,
    path: project.path,
    path_with_namespace: path,
    created_at: project.createdAt,
    updated_at: project.updatedAt,
    default_branch: code ? project.defaultBranch : null,
    tag_list: project.topics,
    topics: project.topics,
    ssh_url_to_repo: sshUrl(instance, state, project),
    http_url_to_repo: `${url}.git`,
    web_url: url,
    readme_url: empty || !code ? null : `${url}/-/blob/${project.defaultBranch}/README.md`,
    forks_count: 0,
    avatar_url: null,
    star_count: 0,
    last_activity_at: project.lastActivityAt,
    visibility: project.visibility,
    namespace:
      project.namespace.kind === "user"
        ? userNamespace(instance, state, project.namespace.id)
        : groupNamespaceOf(instance, state, project),
    ...effectiveSettings(project.settings),
    container_registry_image_prefix: imagePrefix(instance, state, project),
    _links: {
      self: api,
      issues: `${api}/issues`,
      merge_requests: `${api}/merge_requests`,
      repo_branches: `${api}/repository/branches`,
      labels: `${api}/labels`,
      events: `${api}/events`,
      members: `${api}/members`,
      cluster_agents: `${api}/cluster_agents`,
    },
    marked_for_deletion_at: project.markedForDeletionOn ?? null,
    marked_for_deletion_on: project.markedForDeletionOn ?? null,
    empty_repo: empty,
    archived: project.archived,
    ...(owner === undefined ? {} : { owner: userEntity(instance, owner) }),
    service_desk_address: null,
    open_issues_count: 0,
    can_create_merge_request_in: level > 0,
    import_url: null,
    import_type: null,
    import_status: "none",
    import_error: null,
    creator_id: project.creatorId,
    description_html: "",
    shared_with_groups: sharesOf(state, project),
    repository_object_format: "sha1",
    // Registration by a shared token has been replaced by `POST /user/runners`.
    ...(level >= MAINTAINER ? { runners_token: null } : {}),
    compliance_frameworks: [],
  };
}

function sharesOf(state: State, { id }: Project): Record<string, unknown>[] {
  return recordsOf(state)
    .shares.filter(({ projectId }) => projectId === id)
    .map(({ groupId, level, expiresAt }) => {
      const group = state.groups.find((one) => one.id === groupId);
      return {
        group_id: groupId,
        group_name: group?.name ?? "",
        group_full_path: group?.fullPath ?? "",
        group_access_level: level,
        expires_at: expiresAt,
      };
    });
}

/** The same with the roles of the caller, as it is read. */
export async function readProject(call: Call, project: Project): Promise<Record<string, unknown>> {
  const { principal, state } = call;
  const level = effectiveLevel(state, principal, project);
  const member = state.members.find(
    ({ userId, source }) =>
      userId === principal?.user.id && source.kind === "project" && source.id === project.id,
  );
  return {
    ...(await projectEntity(call, project)),
    permissions: {
      project_access:
        member === undefined ? null : { access_level: member.accessLevel, notification_level: 3 },
      group_access:
        project.namespace.kind === "group" && level > 0 && member === undefined
          ? { access_level: level, notification_level: 3 }
          : null,
    },
  };
}

function groupNamespaceOf(
  instance: Instance,
  state: State,
  project: Project,
): Record<string, unknown> | null {
  const group = state.groups.find(({ id }) => id === project.namespace.id);
  return group === undefined ? null : groupNamespace(instance, group);
}
