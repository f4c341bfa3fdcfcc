/** gitlab:index/userRunner:UserRunner, https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user */
import type { Resource } from "../shared/provider.ts";
import type { Props } from "../shared/values.ts";
import { explain, type GitLab, unlessGone } from "./api.ts";

const TYPES = ["instance_type", "group_type", "project_type"] as const;

interface Runner {
  id: number;
  description: string | null;
  paused: boolean;
  locked?: boolean;
  run_untagged: boolean;
  tag_list: string[];
  access_level: string;
  maximum_timeout: number | null;
  maintenance_note: string | null;
  runner_type: string;
}

export function userRunner(api: GitLab): Resource {
  const show = async (id: number): Promise<Runner | undefined> =>
    (await unlessGone(
      explain("couldn't read runner details due to API error", api.rest.Runners.show(id)),
    )) as unknown as Runner | undefined;

  return {
    rules: {
      replaces: ["runnerType", "groupId", "projectId"],
      oneOf: { runnerType: TYPES, accessLevel: ["not_protected", "ref_protected"] },
      sets: ["tagLists"],
      writeOnly: ["groupId", "projectId"],
    },

    check(context, inputs) {
      const needed = { group_type: "groupId", project_type: "projectId" }[String(inputs.runnerType)];
      const missing = needed !== undefined && inputs[needed] === undefined;
      return missing
        ? {
            failures: [
              {
                property: "",
                reason: `${needed} is required when runnerType is ${String(inputs.runnerType)}. Examine values at '${context.name}.${needed}'.`,
              },
            ],
          }
        : {};
    },

    async create(_context, inputs) {
      const made = (await explain(
        "Error creating new GitLab Runner: couldn't create new GitLab Runner",
        api.rest.Users.createCIRunner(
          String(inputs.runnerType) as (typeof TYPES)[number],
          {
            ...(inputs.groupId === undefined ? {} : { group_id: inputs.groupId }),
            ...(inputs.projectId === undefined ? {} : { project_id: inputs.projectId }),
            ...options(inputs),
          } as never,
        ),
      )) as unknown as { id: number; token: string };
      const runner = await show(made.id);
      if (!runner) {
        throw new Error(`Error reading new GitLab runner after creation: runner ${made.id} is not there`);
      }
      return { id: String(made.id), outputs: { ...outputsOf(runner), token: made.token } };
    },

    async read(_context, id) {
      const runner = await show(Number(id));
      return runner && { id, outputs: outputsOf(runner) };
    },

    async update(_context, { id, state, inputs }) {
      const changed = await explain(
        `Error updating GitLab runner ${id}`,
        api.rest.Runners.edit(Number(id), options(inputs) as never),
      );
      return { token: state.token ?? null, ...outputsOf(changed as unknown as Runner) };
    },

    async delete(_context, id) {
      await unlessGone(api.rest.Runners.remove({ runnerId: Number(id) } as never));
    },
  };
}

function options(inputs: Props): Record<string, unknown> {
  const named: Array<[string, string]> = [
    ["description", "description"],
    ["paused", "paused"],
    ["locked", "locked"],
    ["untagged", "run_untagged"],
    ["tagLists", "tag_list"],
    ["accessLevel", "access_level"],
    ["maximumTimeout", "maximum_timeout"],
    ["maintenanceNote", "maintenance_note"],
  ];
  return Object.fromEntries(
    named.filter(([name]) => inputs[name] !== undefined).map(([name, field]) => [field, inputs[name]]),
  );
}

function outputsOf(runner: Runner): Props {
  return {
    description: runner.description ?? "",
    paused: runner.paused,
    locked: runner.locked ?? false,
    untagged: runner.run_untagged,
    tagLists: runner.tag_list,
    accessLevel: runner.access_level,
    maximumTimeout: runner.maximum_timeout ?? 0,
    maintenanceNote: runner.maintenance_note ?? "",
    runnerType: runner.runner_type,
  };
}
