import { ConfigError } from "./config.ts";
import type { JobYaml, Plan, PlannedJob, Rule } from "./config-types.ts";
import { expandAll, expandText, type RawVariable } from "./expand.ts";
import { firstRule, policyHolds, type RefFacts, type RuleResult } from "./rules.ts";

export interface PlanContext extends RefFacts {
  predefined: Record<string, string>;
  /** Variables that stand above those of the yml; some are for one environment alone. */
  stored(environment: string | null): Record<string, RawVariable>;
}

/** The keys of an expanded configuration that are not jobs. */
const NOT_JOBS = new Set([
  "after_script",
  "before_script",
  "cache",
  "default",
  "image",
  "include",
  "services",
  "spec",
  "stages",
  "variables",
  "workflow",
]);

/** What the runner needs of a job's configuration. */
const JOB_KEYS = [
  "image",
  "services",
  "before_script",
  "script",
  "after_script",
  "cache",
  "artifacts",
  "dependencies",
  "timeout",
  "retry",
  "environment",
];

/** Why a configuration gives no pipeline. */
export type Nothing = "filtered" | "empty";

/** Decides which jobs a pipeline gets: https://docs.gitlab.com/ci/yaml/#rules */
export function planPipeline(config: Record<string, unknown>, context: PlanContext): Plan | Nothing {
  const globals = plainVariables(config.variables);
  const workflow = (config.workflow ?? {}) as { name?: string; rules?: Rule[] };
  let workflowVariables: Record<string, string> = {};
  if (workflow.rules !== undefined) {
    const found = firstRule(workflow.rules, context, visible(context, [globals], null), "always");
    if (found === undefined || found.when === "never") return "filtered";
    workflowVariables = plainVariables(found.variables);
  }
  const pipelineVariables = { ...globals, ...workflowVariables };
  const jobs: PlannedJob[] = [];
  const families = new Map<string, string[]>();
  for (const [name, yaml] of Object.entries(config)) {
    if (NOT_JOBS.has(name) || name.startsWith(".")) continue;
    const planned = planJob(name, yaml as JobYaml, pipelineVariables, context);
    families.set(
      name,
      planned.map((job) => job.name),
    );
    jobs.push(...planned);
  }
  const stages = (config.stages as string[]).filter((stage) => jobs.some((job) => job.stage === stage));
  // `.pre` and `.post` alone make no pipeline.
  if (jobs.every((job) => job.stage === ".pre" || job.stage === ".post")) return "empty";
  resolveNeeds(jobs, families);
  const name =
    workflow.name === undefined
      ? null
      : expandText(workflow.name, visible(context, [pipelineVariables], null));
  return { name, stages, jobs };
}

/** The variables that rules see: predefined, then the yml's, then those stored in GitLab. */
function visible(
  context: PlanContext,
  layers: Record<string, string>[],
  environment: string | null,
): Record<string, string> {
  const all: Record<string, RawVariable> = {};
  for (const [key, value] of Object.entries(context.predefined)) all[key] = { value, raw: true };
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer)) all[key] = { value, raw: false };
  }
  return expandAll({ ...all, ...context.stored(environment) });
}

function plainVariables(value: unknown): Record<string, string> {
  const entries = Object.entries((value ?? {}) as Record<string, unknown>).map(([key, item]) => {
    const plain = typeof item === "object" && item !== null ? (item as { value?: unknown }).value : item;
    return [key, plain === null || plain === undefined ? "" : String(plain)] as const;
  });
  return Object.fromEntries(entries);
}

function planJob(
  name: string,
  yaml: JobYaml,
  pipelineVariables: Record<string, string>,
  context: PlanContext,
): PlannedJob[] {
  if (yaml.trigger !== undefined) {
    throw new ConfigError(`jobs:${name}:trigger is not supported by this instance (no downstream pipelines)`);
  }
  const inherited = inheritedVariables(pipelineVariables, yaml.inherit?.variables ?? true);
  const own = plainVariables(yaml.variables);
  const base = { ...inherited, ...own };
  const environment = environmentOf(yaml, visible(context, [base], null));
  const variables = visible(context, [base], environment?.name ?? null);
  const chosen = select(name, yaml, variables, context);
  if (chosen === undefined || chosen.when === "never") return [];
  if (chosen.when === "delayed") {
    throw new ConfigError(`jobs:${name}: \`when: delayed\` is not supported by this instance`);
  }
  const withRule = { ...base, ...plainVariables(chosen.variables) };
  return copies(name, yaml).map(({ copyName, extra }) => {
    const jobVariables = { ...withRule, ...extra };
    const data: Record<string, unknown> = {};
    for (const key of JOB_KEYS) if (yaml[key] !== undefined) data[key] = yaml[key];
    const expanded = visible(context, [jobVariables], environment?.name ?? null);
    return {
      name: copyName,
      stage: yaml.stage ?? "test",
      when: chosen.when,
      allowFailure: allowFailure(
        chosen.allowFailure ?? yaml.allow_failure,
        chosen.when,
        yaml.rules !== undefined,
      ),
      needs: needsOf(chosen.needs ?? yaml.needs),
      tags: (yaml.tags ?? []).map((tag) => expandText(tag, expanded)),
      resourceGroup:
        yaml.resource_group === undefined ? null : expandText(yaml.resource_group, expanded) || null,
      environment: environmentOf(yaml, expanded),
      config: { data, variables: jobVariables, rawVariables: [] },
    };
  });
}

/** `inherit:variables`: all, none or the named ones. */
function inheritedVariables(all: Record<string, string>, wanted: boolean | string[]): Record<string, string> {
  if (wanted === true) return all;
  if (wanted === false) return {};
  return Object.fromEntries(Object.entries(all).filter(([key]) => wanted.includes(key)));
}

function select(
  name: string,
  yaml: JobYaml,
  variables: Record<string, string>,
  context: PlanContext,
): RuleResult | undefined {
  const when = yaml.when ?? "on_success";
  try {
    if (yaml.rules !== undefined) return firstRule(yaml.rules, context, variables, when);
    if (yaml.only !== undefined && !policyHolds(yaml.only, context, variables, "only")) return undefined;
    if (yaml.except !== undefined && policyHolds(yaml.except, context, variables, "except")) return undefined;
  } catch (error) {
    throw new ConfigError(`jobs:${name}:rules: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { when, allowFailure: undefined, variables: {}, needs: undefined };
}

function allowFailure(
  value: boolean | { exit_codes: number | number[] } | undefined,
  when: string,
  byRules: boolean,
): PlannedJob["allowFailure"] {
  // A manual job outside of rules is optional: https://docs.gitlab.com/ci/jobs/job_control/#types-of-manual-jobs
  if (value === undefined) return when === "manual" && !byRules;
  return typeof value === "boolean" ? value : { exitCodes: [value.exit_codes].flat() };
}

function environmentOf(yaml: JobYaml, variables: Record<string, string>): PlannedJob["environment"] {
  const { environment } = yaml;
  if (environment === undefined) return null;
  const full = typeof environment === "string" ? { name: environment } : environment;
  const name = expandText(full.name ?? "", variables);
  if (name === "") return null;
  return { name, url: full.url ?? null, action: full.action ?? "start" };
}

/** `parallel` makes copies: https://docs.gitlab.com/ci/yaml/#parallel */
function copies(name: string, yaml: JobYaml): { copyName: string; extra: Record<string, string> }[] {
  const { parallel } = yaml;
  if (parallel === undefined) return [{ copyName: name, extra: {} }];
  if (typeof parallel === "number") {
    return Array.from({ length: parallel }, (_, index) => ({
      copyName: `${name} ${index + 1}/${parallel}`,
      extra: { CI_NODE_INDEX: String(index + 1), CI_NODE_TOTAL: String(parallel) },
    }));
  }
  const combinations = parallel.matrix.flatMap((row) =>
    Object.entries(row).reduce<Record<string, string>[]>(
      (rows, [key, values]) =>
        rows.flatMap((known) => [values].flat().map((value) => ({ ...known, [key]: String(value) }))),
      [{}],
    ),
  );
  return combinations.map((extra, index) => ({
    copyName: `${name}: [${Object.values(extra).join(", ")}]`,
    extra: { ...extra, CI_NODE_INDEX: String(index + 1), CI_NODE_TOTAL: String(combinations.length) },
  }));
}

function needsOf(value: unknown): PlannedJob["needs"] {
  if (value === undefined || value === null) return null;
  return [value].flat().map((item) => {
    const need = (typeof item === "string" ? { job: item } : item) as {
      job?: string;
      artifacts?: boolean;
      optional?: boolean;
    };
    if (need.job === undefined)
      throw new ConfigError("`needs` of other projects or pipelines is not supported");
    return { job: need.job, artifacts: need.artifacts ?? true, optional: need.optional ?? false };
  });
}

/** Points `needs` at the jobs that there are: a `parallel` job stands for all of its copies. */
function resolveNeeds(jobs: PlannedJob[], families: Map<string, string[]>): void {
  for (const job of jobs) {
    if (job.needs === null) continue;
    job.needs = job.needs.flatMap((need) => {
      const members = families.get(need.job) ?? [];
      if (members.length === 0 && !need.optional) {
        throw new ConfigError(
          families.has(need.job)
            ? `'${job.name}' job needs '${need.job}' job, but '${need.job}' does not exist in the pipeline. This might be because of the only, except, or rules keywords. To need a job that sometimes does not exist in the pipeline, use needs:optional.`
            : `${job.name} job: undefined need: ${need.job}`,
        );
      }
      return members.map((member) => ({ ...need, job: member }));
    });
  }
}
