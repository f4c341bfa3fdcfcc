/** What is connected to a project: what is told of its events, what starts its pipelines, where its content goes. */
import { gitlab, gitlabList } from "../../../lib/gitlab/client.ts";
import { shown } from "../../../lib/pulumi/values.ts";
import { type Check, listCheck, read, removal, type Unmanaged } from "./check.ts";

/** Host of an address: the rest may hold a credential. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "an address that is none";
}

/** https://docs.gitlab.com/api/project_webhooks/ */
const hooks = listCheck<{ id: number; url: string; enable_ssl_verification: boolean }>({
  what: "webhooks",
  path: "hooks",
  page: "hooks",
  isOptional: true,
  subject: ({ id, url }) => ["webhook", `${id} (${hostOf(url)})`],
  effect: ({ url, enable_ssl_verification: checks }) =>
    `tells ${hostOf(url)} what happens in the project${checks ? "" : ", whoever answers there (TLS is not checked)"}`,
  remove: ({ id }) => `hooks/${id}`,
});

/** https://docs.gitlab.com/api/pipeline_schedules/ */
const schedules = listCheck<{ id: number; description: string; ref: string; cron: string; active: boolean }>({
  what: "pipeline schedules",
  path: "pipeline_schedules",
  page: "pipeline_schedules",
  isOptional: true,
  subject: ({ id, description }) => ["pipeline schedule", `${id} (${description})`],
  effect: ({ ref, cron, active }) =>
    `runs the pipeline of ${ref.replace(/^refs\/(heads|tags)\//, "")} at ${cron}${active ? "" : " once it is active"}`,
  remove: ({ id }) => `pipeline_schedules/${id}`,
});

/** https://docs.gitlab.com/api/pipeline_triggers/ */
const triggers = listCheck<{ id: number; description: string }>({
  what: "trigger tokens",
  path: "triggers",
  page: "settings/ci_cd",
  isOptional: true,
  subject: ({ id, description }) => ["trigger token", `${id} (${description})`],
  effect: () => "whoever has it starts pipelines with variables of their own",
  remove: ({ id }) => `triggers/${id}`,
});

/** https://docs.gitlab.com/api/deploy_tokens/ */
export interface DeployToken {
  readonly id: number;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expires_at: string | null;
  readonly revoked: boolean;
  readonly expired: boolean;
}

/** What a deploy token opens; undefined for one that opens nothing any more. */
export function deployTokenEffect({
  scopes,
  expires_at: end,
  revoked,
  expired,
}: DeployToken): string | undefined {
  if (revoked || expired) return undefined;
  return `opens it with ${scopes.join(", ")}, ${end === null ? "without an end" : `until ${end.slice(0, 10)}`}`;
}

const deployTokens = listCheck<DeployToken>({
  what: "deploy tokens",
  path: "deploy_tokens",
  page: "settings/repository",
  isOptional: true,
  subject: ({ id, name }) => ["deploy token", `${id} (${name})`],
  effect: (token) => deployTokenEffect(token),
  remove: ({ id }) => `deploy_tokens/${id}`,
});

/** https://docs.gitlab.com/api/remote_mirrors/ */
const mirrors = listCheck<{ id: number; url: string; enabled: boolean }>({
  what: "push mirrors",
  path: "remote_mirrors",
  page: "settings/repository",
  isOptional: true,
  subject: ({ id, url }) => ["push mirror", `${id} (${hostOf(url)})`],
  effect: ({ url, enabled }) =>
    `sends the repository to ${hostOf(url)}${enabled ? "" : " once it is switched on"}`,
  remove: ({ id }) => `remote_mirrors/${id}`,
});

/** https://docs.gitlab.com/api/project_integrations/ */
const integrations = listCheck<{ slug: string; title: string; active: boolean }>({
  what: "integrations",
  path: "integrations",
  page: "settings/integrations",
  isOptional: true,
  subject: ({ title }) => ["integration", title],
  effect: ({ title, active }) => (active ? `tells ${title} what happens in the project` : undefined),
  remove: ({ slug }) => `integrations/${slug}`,
});

/** Who reaches the project by the tokens of their jobs: https://docs.gitlab.com/api/project_job_token_scopes/ */
const jobTokens: Check = async ({ id, name: owner, state }, account) => {
  const scope = `/projects/${id}/job_token_scope`;
  const ask = <T>(answer: Promise<T>) => read(answer, `job token permissions of ${owner}`);
  const { inbound_enabled: isLimited } = await ask(gitlab<{ inbound_enabled: boolean }>(account, scope));
  const remedy = `set it back: ${shown(state.outputs?.webUrl)}/-/settings/ci_cd`;
  const effect = "its jobs reach this project by their tokens, as those who started them";
  const listed = async (list: string, noun: string): Promise<Unmanaged[]> => {
    const items = await ask(gitlabList<Listed>(account, `${scope}/${list}`));
    return items
      .filter((item) => list !== "allowlist" || String(item.id) !== id)
      .map((item) => ({
        noun,
        name: item.path_with_namespace ?? item.full_path ?? item.name,
        owner,
        effect,
        remedy,
        undo: removal(`${scope}/${list}/${item.id}`),
      }));
  };
  const open: Unmanaged = {
    noun: "setting",
    name: '"job token permissions"',
    owner,
    effect: "limited -> jobs of every project reach this one by their tokens",
    remedy,
    undo: { service: "gitlab", method: "PATCH", path: scope, body: { enabled: true } },
  };
  return [
    ...(isLimited === false ? [open] : []),
    ...(await listed("allowlist", "allowed project")),
    ...(await listed("groups_allowlist", "allowed group")),
  ];
};

interface Listed {
  readonly id: number;
  readonly name: string;
  readonly path_with_namespace?: string;
  readonly full_path?: string;
}

export const connectionChecks: readonly Check[] = [
  hooks,
  schedules,
  triggers,
  deployTokens,
  mirrors,
  integrations,
  jobTokens,
];
