import type { RefPolicy, Rule } from "./config-types.ts";
import { evaluate } from "./expressions.ts";
import { scopeMatches } from "./stored-variables.ts";

/** What a pipeline is for, as rules can ask for it. */
export interface RefFacts {
  ref: string;
  tag: boolean;
  source: string;
  /** Paths that the push changed; null when that cannot be said, and `changes` holds. */
  changed: string[] | null;
  /** All paths of the commit. */
  files: string[];
}

export interface RuleResult {
  when: string;
  allowFailure: boolean | { exit_codes: number | number[] } | undefined;
  variables: Record<string, unknown>;
  needs: unknown;
}

/** The parts of a glob that are not plain text, the longer before the shorter. */
const GLOB_PART = /\*\*\/|\*\*|[*?{},]|[.+^$()|[\]\\]/g;

/** Those with a meaning of their own, as regular expressions. */
const GLOB_MEANING: Record<string, string> = {
  "**/": "(?:.*/)?",
  "**": ".*",
  "*": "[^/]*",
  "?": "[^/]",
  "{": "(?:",
  "}": ")",
  ",": "|",
};

/** A glob of `changes` and `exists`, as Ruby's `File.fnmatch?` with path names, dot files and braces reads it. */
export function globMatches(glob: string, path: string): boolean {
  const source = glob.replaceAll(GLOB_PART, (part) => GLOB_MEANING[part] ?? `\\${part}`);
  return new RegExp(`^${source}$`).test(path);
}

const anyMatches = (globs: string[], paths: string[]) =>
  globs.some((glob) => paths.some((path) => globMatches(glob, path)));

const globsOf = (value: string[] | { paths: string[] }) => (Array.isArray(value) ? value : value.paths);

/** The first rule that holds, or undefined when none does. */
export function firstRule(
  rules: Rule[],
  facts: RefFacts,
  variables: Record<string, string>,
  jobWhen: string,
): RuleResult | undefined {
  const rule = rules.find((candidate) => ruleHolds(candidate, facts, variables));
  if (rule === undefined) return undefined;
  return {
    when: rule.when ?? jobWhen,
    allowFailure: rule.allow_failure,
    variables: rule.variables ?? {},
    needs: rule.needs,
  };
}

/** A rule holds when each of its conditions does: https://docs.gitlab.com/ci/yaml/#rules */
function ruleHolds(rule: Rule, facts: RefFacts, variables: Record<string, string>): boolean {
  if (rule.if !== undefined && !evaluate(rule.if, variables)) return false;
  if (rule.changes !== undefined && !hasChanged(globsOf(rule.changes), facts)) return false;
  return rule.exists === undefined || anyMatches(globsOf(rule.exists), facts.files);
}

const hasChanged = (globs: string[], { changed }: RefFacts) => changed === null || anyMatches(globs, changed);

const SOURCES: Record<string, string> = {
  pushes: "push",
  web: "web",
  api: "api",
  triggers: "trigger",
  schedules: "schedule",
  pipelines: "pipeline",
  merge_requests: "merge_request_event",
};

function refMatches(pattern: string, facts: RefFacts): boolean {
  if (pattern === "branches") return !facts.tag;
  if (pattern === "tags") return facts.tag;
  const source = SOURCES[pattern];
  if (source !== undefined) return facts.source === source;
  const regex = /^\/(.*)\/([a-z]*)$/s.exec(pattern);
  if (regex !== null) return new RegExp(regex[1] ?? "", regex[2]?.replaceAll(/[^ims]/g, "")).test(facts.ref);
  return scopeMatches(pattern, facts.ref);
}

/** Whether a policy of `only` (all its kinds must hold) or `except` (one is enough) applies. */
export function policyHolds(
  policy: RefPolicy,
  facts: RefFacts,
  variables: Record<string, string>,
  kind: "only" | "except",
): boolean {
  const full =
    typeof policy === "string" ? { refs: [policy] } : Array.isArray(policy) ? { refs: policy } : policy;
  const checks: boolean[] = [];
  const refs = full.refs ?? (kind === "only" ? ["branches", "tags"] : undefined);
  if (refs !== undefined) checks.push(refs.some((ref) => refMatches(ref, facts)));
  if (full.variables !== undefined) {
    checks.push(full.variables.some((expression) => evaluate(expression, variables)));
  }
  if (full.changes !== undefined) checks.push(hasChanged(full.changes, facts));
  return kind === "only" ? checks.every(Boolean) : checks.some(Boolean);
}
