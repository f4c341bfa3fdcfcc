import { namespacePath, projectPath } from "../access.ts";
import { imagePrefix, projectUrl } from "../addresses.ts";
import type { CommitInfo } from "../git/git.ts";
import { GITLAB_VERSION, type Instance } from "../instance.ts";
import type { Project, User } from "../state.ts";
import type { Job, Pipeline } from "./records.ts";
import { environmentSlug, slug } from "./slug.ts";

/** What is known of a pipeline before it has an id. */
export type PipelineFacts = Pick<
  Pipeline,
  "sha" | "beforeSha" | "ref" | "tag" | "source" | "createdAt" | "protectedRef"
>;

/** Variables of the commit, project and server: https://docs.gitlab.com/ci/variables/predefined_variables/ */
export function pipelineVariables(
  instance: Instance,
  project: Project,
  pipeline: PipelineFacts,
  commit: CommitInfo,
  user: User,
): Record<string, string> {
  const state = instance.store.data;
  const url = new URL(instance.url);
  const path = projectPath(state, project);
  const namespace = namespacePath(state, project.namespace);
  const [title = "", ...rest] = commit.message.trimEnd().split("\n");
  return {
    CI: "true",
    GITLAB_CI: "true",
    CI_SERVER: "yes",
    CI_SERVER_NAME: "GitLab",
    CI_SERVER_URL: instance.url,
    CI_SERVER_HOST: url.hostname,
    CI_SERVER_PORT: url.port,
    CI_SERVER_FQDN: url.host,
    CI_SERVER_PROTOCOL: "http",
    CI_SERVER_VERSION: GITLAB_VERSION,
    CI_SERVER_VERSION_MAJOR: GITLAB_VERSION.split(".")[0] ?? "",
    CI_SERVER_VERSION_MINOR: GITLAB_VERSION.split(".")[1] ?? "",
    CI_SERVER_VERSION_PATCH: GITLAB_VERSION.split(".")[2] ?? "",
    CI_API_V4_URL: `${instance.url}/api/v4`,
    CI_API_GRAPHQL_URL: `${instance.url}/api/graphql`,
    CI_PROJECT_ID: String(project.id),
    CI_PROJECT_NAME: project.path,
    CI_PROJECT_TITLE: project.name,
    CI_PROJECT_DESCRIPTION: project.description ?? "",
    CI_PROJECT_PATH: path,
    CI_PROJECT_PATH_SLUG: slug(path),
    CI_PROJECT_NAMESPACE: namespace,
    CI_PROJECT_ROOT_NAMESPACE: namespace.split("/")[0] ?? "",
    CI_PROJECT_URL: projectUrl(instance, state, project),
    CI_PROJECT_VISIBILITY: project.visibility,
    CI_DEFAULT_BRANCH: project.defaultBranch ?? "",
    CI_CONFIG_PATH: String(project.settings.ci_config_path || ".gitlab-ci.yml"),
    CI_REGISTRY: instance.registryHost,
    CI_REGISTRY_IMAGE: imagePrefix(instance, state, project),
    CI_COMMIT_SHA: pipeline.sha,
    CI_COMMIT_SHORT_SHA: pipeline.sha.slice(0, 8),
    CI_COMMIT_BEFORE_SHA: pipeline.beforeSha,
    CI_COMMIT_REF_NAME: pipeline.ref,
    CI_COMMIT_REF_SLUG: slug(pipeline.ref),
    CI_COMMIT_REF_PROTECTED: String(pipeline.protectedRef),
    ...(pipeline.tag
      ? { CI_COMMIT_TAG: pipeline.ref, CI_COMMIT_TAG_MESSAGE: "" }
      : { CI_COMMIT_BRANCH: pipeline.ref }),
    CI_COMMIT_MESSAGE: commit.message.trimEnd(),
    CI_COMMIT_TITLE: title,
    CI_COMMIT_DESCRIPTION: rest.join("\n").trim(),
    CI_COMMIT_AUTHOR: `${commit.authorName} <${commit.authorEmail}>`,
    CI_COMMIT_TIMESTAMP: commit.committedAt,
    CI_PIPELINE_SOURCE: pipeline.source,
    CI_PIPELINE_CREATED_AT: pipeline.createdAt,
    GITLAB_USER_ID: String(user.id),
    GITLAB_USER_LOGIN: user.username,
    GITLAB_USER_NAME: user.name,
    GITLAB_USER_EMAIL: user.email,
  };
}

/** Variables that exist only once a job runs. The second part holds those with the job's token. */
export function jobVariables(
  instance: Instance,
  project: Project,
  pipeline: Pipeline,
  job: Job,
  token: string,
): { plain: Record<string, string>; secret: Record<string, string> } {
  const state = instance.store.data;
  const url = projectUrl(instance, state, project);
  const path = projectPath(state, project);
  const repository = new URL(`${url}.git`);
  repository.username = "gitlab-ci-token";
  repository.password = token;
  const runner = state.runners.find(({ id }) => id === job.runnerId);
  return {
    plain: {
      CI_PIPELINE_ID: String(pipeline.id),
      CI_PIPELINE_IID: String(pipeline.iid),
      CI_PIPELINE_URL: `${url}/-/pipelines/${pipeline.id}`,
      ...(pipeline.name === null ? {} : { CI_PIPELINE_NAME: pipeline.name }),
      CI_JOB_ID: String(job.id),
      CI_JOB_NAME: job.name,
      CI_JOB_NAME_SLUG: slug(job.name),
      CI_JOB_STAGE: job.stage,
      CI_JOB_URL: `${url}/-/jobs/${job.id}`,
      CI_JOB_STARTED_AT: job.startedAt ?? "",
      CI_JOB_TIMEOUT: String(project.settings.build_timeout ?? 3600),
      CI_NODE_TOTAL: "1",
      CI_BUILDS_DIR: "/builds",
      CI_PROJECT_DIR: `/builds/${path}`,
      CI_CONCURRENT_ID: "0",
      CI_RUNNER_ID: String(job.runnerId ?? ""),
      CI_RUNNER_DESCRIPTION: runner?.description ?? "",
      CI_RUNNER_EXECUTABLE_ARCH: "linux/amd64",
      CI_RUNNER_TAGS: JSON.stringify(runner?.tags ?? []),
      CI_REGISTRY_USER: "gitlab-ci-token",
      ...(job.environment === null
        ? {}
        : {
            CI_ENVIRONMENT_NAME: job.environment.name,
            CI_ENVIRONMENT_SLUG: environmentSlug(job.environment.name),
            CI_ENVIRONMENT_ACTION: job.environment.action,
          }),
    },
    secret: {
      CI_JOB_TOKEN: token,
      CI_REGISTRY_PASSWORD: token,
      CI_REPOSITORY_URL: repository.href,
    },
  };
}
