import { must } from "../errors.ts";
import type { Deployment, Environment } from "../pipelines/records.ts";
import { REPORTER } from "../state.ts";
import type { Api, Call } from "./call.ts";
import { jobEntity } from "./job-entity.ts";
import { findUser, userEntity } from "./users.ts";

/** Environments and deployments: https://docs.gitlab.com/api/environments/, https://docs.gitlab.com/api/deployments/ */
export function environmentRoutes(api: Api): void {
  const base = "/projects/:id/environments";
  const own = (call: Call, level: number) => {
    const project = call.project(level);
    return call.state.environments.filter((environment) => environment.projectId === project.id);
  };
  const find = (call: Call, level: number) =>
    must(
      own(call, level).find(({ id }) => id === call.number("environment_id")),
      "Environment",
    );
  api.get(base, (call) => {
    const { params } = call;
    const wanted = own(call, REPORTER).filter(
      ({ name, state }) =>
        name === (params.string("name") ?? name) &&
        name.includes(params.string("search") ?? "") &&
        state === (params.string("states") ?? state),
    );
    return Promise.all(call.page(wanted).map((environment) => entity(call, environment)));
  });
  api.get(`${base}/:environment_id`, (call) => entity(call, find(call, REPORTER)));
  api.get(
    "/projects/:id/deployments",
    (call) => {
      const project = call.project(REPORTER);
      const { params, state } = call;
      const name = params.string("environment");
      const found = state.deployments.filter(
        (deployment) =>
          deployment.projectId === project.id &&
          deployment.status === (params.string("status") ?? deployment.status) &&
          (name === undefined ||
            state.environments.find(({ id }) => id === deployment.environmentId)?.name === name),
      );
      const ascending = params.string("sort") !== "desc";
      found.sort((a, b) => (ascending ? a.id - b.id : b.id - a.id));
      return Promise.all(call.page(found).map((deployment) => deploymentEntity(call, deployment)));
    },
    // https://docs.gitlab.com/ci/jobs/ci_job_token/
    { jobToken: true },
  );
  api.get("/projects/:id/deployments/:deployment_id", (call) => {
    const project = call.project(REPORTER);
    const id = call.number("deployment_id");
    const found = call.state.deployments.find((d) => d.id === id && d.projectId === project.id);
    return deploymentEntity(call, must(found, "Deployment"));
  });
}

async function entity(call: Call, environment: Environment): Promise<Record<string, unknown>> {
  const last = call.state.deployments.findLast(({ environmentId }) => environmentId === environment.id);
  return {
    id: environment.id,
    name: environment.name,
    slug: environment.slug,
    description: null,
    external_url: environment.externalUrl,
    created_at: environment.createdAt,
    updated_at: environment.updatedAt,
    tier: environment.tier,
    state: environment.state,
    auto_stop_at: null,
    last_deployment: last === undefined ? null : await deploymentEntity(call, last, false),
  };
}

async function deploymentEntity(
  call: Call,
  deployment: Deployment,
  full = true,
): Promise<Record<string, unknown>> {
  const { instance, state } = call;
  const user = findUser(state, deployment.userId);
  const job = state.jobs.find(({ id }) => id === deployment.jobId);
  const environment = state.environments.find(({ id }) => id === deployment.environmentId);
  return {
    id: deployment.id,
    iid: deployment.iid,
    ref: deployment.ref,
    sha: deployment.sha,
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    status: deployment.status,
    user: user === undefined ? null : userEntity(instance, user),
    deployable: job === undefined ? null : await jobEntity(instance, state, job),
    ...(full && environment !== undefined
      ? { environment: { id: environment.id, name: environment.name, slug: environment.slug } }
      : {}),
  };
}
