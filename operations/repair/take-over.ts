/** Projects and apps that an interrupted update made: they are taken into the state, as Pulumi's own import does it. */
import type { StackConfig } from "../../infra/config/config.ts";
import { gitlabGet } from "../../lib/gitlab/client.ts";
import { heroku, herokuCall } from "../../lib/heroku/client.ts";
import { type HttpResponse, jsonOf, serviceTime } from "../../lib/http/request.ts";
import { hasMark } from "../../lib/pulumi/mark.ts";
import { type Evidence, madeMeanwhile } from "./evidence.ts";
import type { Place } from "./places.ts";
import { type State, said, withFile } from "./state.ts";

/** Something that the stack made and does not know. */
export interface Found {
  readonly place: Place;
  /** As Pulumi's import wants it. */
  readonly id: string;
  readonly words: string;
}

interface Project {
  readonly id: number;
  readonly description: string | null;
  readonly created_at: string;
  readonly marked_for_deletion_on?: string | null;
}

/** The stack's own project at a place where its state has none; undefined where there is none, or another one. */
export async function ownProject(
  { gitlab }: Pick<StackConfig, "gitlab">,
  place: Place,
  mark: string,
  evidence: Evidence,
): Promise<Found | undefined> {
  const answer = await gitlabGet(gitlab, `/projects/${encodeURIComponent(place.called)}`);
  const project = answer.status === 200 ? (jsonOf(answer) as Project) : undefined;
  if (!project || project.marked_for_deletion_on || !hasMark(project.description, mark)) return undefined;
  if (!isOwn(evidence, place, project.created_at, answer)) return undefined;
  return {
    place,
    id: String(project.id),
    words: `project ${place.called} (${project.id}), which has this stack's mark`,
  };
}

function isOwn(evidence: Evidence, { urn }: Place, createdAt: string, answer: HttpResponse): boolean {
  return evidence.creating.has(urn) || madeMeanwhile(evidence, createdAt, serviceTime(answer));
}

interface App {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly owner: { readonly email: string };
  readonly team?: { readonly name: string } | null;
}

/** What Heroku itself releases of an app that is new. */
const FIRST_RELEASES = ["Initial release", "Enable Logplex"];

/**
 * The stack's own app; undefined where there is none, or another one. An app has no place for a mark, so it must belong to
 * the account or team that is set, and nobody may have done anything with it.
 */
export async function ownApp(
  config: Pick<StackConfig, "heroku" | "herokuTeam">,
  place: Place,
  evidence: Evidence,
): Promise<Found | undefined> {
  const { heroku: account, herokuTeam } = config;
  const path = `/apps/${encodeURIComponent(place.called)}`;
  const answer = await herokuCall(account, path);
  const app = answer.status === 200 ? (jsonOf(answer) as App) : undefined;
  if (!app || !isOwn(evidence, place, app.created_at, answer)) return undefined;
  const look = <T>(where: string) => heroku<T>(account, `look at app ${app.name}`, where);
  const [{ email }, releases, variables, formation] = await Promise.all([
    look<{ email: string }>("/account"),
    look<{ description: string }[]>(`${path}/releases`),
    look<Record<string, string>>(`${path}/config-vars`),
    look<unknown[]>(`${path}/formation`),
  ]);
  const isMine =
    herokuTeam === undefined ? app.owner.email === email && !app.team : app.team?.name === herokuTeam;
  const isUntouched =
    releases.every(({ description }) => FIRST_RELEASES.includes(description)) &&
    Object.keys(variables).length === 0 &&
    formation.length === 0;
  if (!isMine || !isUntouched) return undefined;
  return {
    place,
    // The provider keeps an app by its name.
    id: app.name,
    words: `app ${app.name} (${app.id}), which was made while an update of this stack ran that did not end well, and which nobody has used`,
  };
}

/** Takes what was found into the state. @returns a line for each */
export async function takeOver(
  stack: string,
  { resources }: State,
  found: readonly Found[],
): Promise<string[]> {
  const known = new Set(resources.map(({ urn }) => urn));
  const ready = found.filter(({ place }) => known.has(place.parent));
  if (ready.length === 0) return [];
  const providers = new Map(resources.map(({ type, urn }) => [type, urn]));
  const nameTable: Record<string, string> = {};
  const specs = ready.map(({ place, id }, index) => {
    nameTable[`parent${index}`] = place.parent;
    const provider = providers.get(place.provider);
    if (provider !== undefined) nameTable[`provider${index}`] = provider;
    return {
      type: place.type,
      name: place.name,
      id,
      parent: `parent${index}`,
      ...(provider !== undefined && { provider: `provider${index}` }),
    };
  });
  const options = ["--yes", "--skip-preview", "--protect=false", "--generate-code=false"];
  await withFile({ nameTable, resources: specs }, (file) =>
    said("import", "--file", file, "--stack", stack, ...options),
  );
  return ready.map(({ words }) => `took over ${words}`);
}
