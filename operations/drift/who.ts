/** Who changed what the stack made, and when, as far as the services say. */
import { GitLabError, gitlabList } from "../../lib/gitlab/client.ts";
import type { Account } from "../../lib/http/account.ts";
import type { Step } from "../../lib/pulumi/preview.ts";
import { types } from "../../lib/pulumi/types.ts";
import { typeOf } from "../../lib/pulumi/urn.ts";
import { shown } from "../../lib/pulumi/values.ts";
import type { DriftedResource } from "./resources.ts";
import { listOf } from "./unmanaged/app.ts";
import { sinceWords } from "./unmanaged/check.ts";
import type { Release } from "./unmanaged/releases.ts";

/** https://docs.gitlab.com/api/audit_events/#project-audit-events */
interface AuditEvent {
  readonly created_at: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** What names the changed thing in an audit event: `v*`, `HEROKU_API_KEY`. */
const targetKeys = ["tag", "branch", "key", "title", "name"] as const;

/**
 * Findings with who and when. GitLab's audit events name both, on Premium and Ultimate; elsewhere nobody says who
 * changed a rule or a variable. Heroku's releases name both.
 */
export async function withWho(
  drift: readonly DriftedResource[],
  steps: readonly Step[],
  accounts: { readonly gitlab: Account; readonly heroku: Account },
): Promise<{ drift: DriftedResource[]; notes: string[] }> {
  const notes = new Set<string>();
  const events = new Map<string, Promise<readonly AuditEvent[]>>();
  const eventsOf = (project: string) => {
    const asked =
      events.get(project) ??
      gitlabList<AuditEvent>(accounts.gitlab, `/projects/${project}/audit_events`).catch((error: unknown) => {
        if (!(error instanceof GitLabError) || ![401, 403, 404].includes(error.status)) throw error;
        notes.add(
          "GitLab's audit events cannot be read (they are Premium's): who changed a rule or a variable is not told",
        );
        return [];
      });
    events.set(project, asked);
    return asked;
  };
  const told = await Promise.all(
    drift.map(async (one): Promise<DriftedResource> => {
      const step = steps.find(({ urn }) => urn === one.urn);
      const state = { ...step?.oldState?.outputs, ...step?.oldState?.inputs };
      const since = typeOf(one.urn).startsWith("gitlab:")
        ? await byAudit(
            eventsOf,
            typeOf(one.urn) === types.gitlab.project ? step?.oldState?.id : state.project,
            state,
          )
        : one.attributes.some(({ path }) => /ConfigVars|configVars/.test(path))
          ? await byRelease(accounts.heroku, String(step?.oldState?.id))
          : undefined;
      return since ? { ...one, since } : one;
    }),
  );
  return { drift: told, notes: [...notes] };
}

async function byAudit(
  eventsOf: (project: string) => Promise<readonly AuditEvent[]>,
  project: unknown,
  state: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  if (typeof project !== "string" && typeof project !== "number") return undefined;
  const names = targetKeys.flatMap((key) => (typeof state[key] === "string" ? [state[key]] : []));
  const found = (await eventsOf(String(project))).find(({ details }) =>
    names.includes(String(details.target_details)),
  );
  return found && sinceWords(found.created_at, shown(found.details.author_name as string));
}

/** An app's config vars and image change by a release, and a release names its maker. */
async function byRelease(account: Account, app: string): Promise<string | undefined> {
  const releases = await listOf<Release>(account, "list of releases", `/apps/${app}/releases`).catch(
    () => [],
  );
  const newest = releases.toSorted((a, b) => b.version - a.version)[0];
  return newest && `${sinceWords(newest.created_at, newest.user.email)} (release v${newest.version})`;
}
