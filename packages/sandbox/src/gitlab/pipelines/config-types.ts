import type { Job } from "./records.ts";

/** One entry of `rules`: https://docs.gitlab.com/ci/yaml/#rules */
export interface Rule {
  if?: string;
  changes?: string[] | { paths: string[] };
  exists?: string[] | { paths: string[] };
  when?: string;
  allow_failure?: boolean | { exit_codes: number | number[] };
  variables?: Record<string, unknown>;
  needs?: unknown;
}

/** `only` and `except`: https://docs.gitlab.com/ci/yaml/deprecated_keywords/#only--except */
export type RefPolicy = string | string[] | { refs?: string[]; variables?: string[]; changes?: string[] };

/** A job of an expanded configuration, as far as the plan looks into it. */
export interface JobYaml {
  stage?: string;
  when?: string;
  allow_failure?: boolean | { exit_codes: number | number[] };
  rules?: Rule[];
  only?: RefPolicy;
  except?: RefPolicy;
  needs?: unknown;
  parallel?: number | { matrix: Record<string, string | string[]>[] };
  variables?: Record<string, unknown>;
  inherit?: { variables?: boolean | string[] };
  environment?: string | { name?: string; url?: string; action?: string };
  tags?: string[];
  resource_group?: string;
  trigger?: unknown;
  script?: unknown;
  [key: string]: unknown;
}

/** A job that a new pipeline gets. */
export type PlannedJob = Pick<
  Job,
  "name" | "stage" | "when" | "allowFailure" | "needs" | "tags" | "resourceGroup" | "environment" | "config"
>;

export interface Plan {
  name: string | null;
  stages: string[];
  jobs: PlannedJob[];
}
