/** heroku:pipeline/*, https://devcenter.heroku.com/articles/platform-api-reference#pipeline */
import type { Resource } from "../shared/provider.ts";
import { isProps, type Props } from "../shared/values.ts";
import type { Heroku } from "./api.ts";

interface HerokuPipeline {
  id: string;
  name: string;
  owner: { id: string; type: string } | null;
}

interface HerokuCoupling {
  id: string;
  app: { id: string };
  pipeline: { id: string };
  stage: string;
}

export function pipeline(api: Heroku): Resource {
  return {
    rules: { autoName: "name" },

    async create(_context, inputs) {
      const made = await api.request<HerokuPipeline>("POST", "/pipelines", {
        name: inputs.name,
        ...(isProps(inputs.owner) ? { owner: inputs.owner } : {}),
      });
      return { id: made.id, outputs: pipelineOutputs(made) };
    },

    async read(_context, id) {
      const found = await api.requestUnlessGone<HerokuPipeline>("GET", `/pipelines/${id}`);
      return found && { id: found.id, outputs: pipelineOutputs(found) };
    },

    update: async (_context, { id, inputs }) =>
      pipelineOutputs(await api.request<HerokuPipeline>("PATCH", `/pipelines/${id}`, { name: inputs.name })),

    async delete(_context, id) {
      await api.requestUnlessGone("DELETE", `/pipelines/${id}`);
    },
  };
}

export function coupling(api: Heroku): Resource {
  return {
    async create(_context, inputs) {
      const made = await api.request<HerokuCoupling>("POST", "/pipeline-couplings", {
        app: inputs.appId,
        pipeline: inputs.pipeline,
        stage: inputs.stage,
      });
      return { id: made.id, outputs: couplingOutputs(made) };
    },

    async read(_context, id) {
      const found = await api.requestUnlessGone<HerokuCoupling>("GET", `/pipeline-couplings/${id}`);
      return found && { id: found.id, outputs: couplingOutputs(found) };
    },

    async update() {
      throw new Error("a pipeline coupling cannot be changed in place");
    },

    async delete(_context, id) {
      await api.requestUnlessGone("DELETE", `/pipeline-couplings/${id}`);
    },
  };
}

function pipelineOutputs(found: HerokuPipeline): Props {
  return {
    name: found.name,
    ...(found.owner ? { owner: { id: found.owner.id, type: found.owner.type } } : {}),
  };
}

function couplingOutputs(found: HerokuCoupling): Props {
  return { appId: found.app.id, pipeline: found.pipeline.id, stage: found.stage };
}
