import { DYNO_SIZES, GENERATION, REGIONS, reference, STACKS, teamReference } from "../catalogue.ts";
import type { Dyno } from "../dynos/dyno.ts";
import type { Platform } from "../platform.ts";
import {
  type App,
  currentRelease,
  type Domain,
  latestRelease,
  type Process,
  type Release,
} from "../state.ts";

/** The API's representation of each resource: https://devcenter.heroku.com/articles/platform-api-reference */

export function appReference(app: App) {
  return { id: app.id, name: app.name };
}

export function accountReference(platform: Platform, id: string) {
  return { id, email: platform.store.data.accounts[id]?.email ?? "" };
}

export function serializeApp(platform: Platform, app: App) {
  const team = app.teamId === null ? undefined : platform.store.data.teams[app.teamId];
  return {
    acm: app.acm,
    archived_at: null,
    build_stack: reference(STACKS, app.buildStack),
    buildpack_provided_description: null,
    created_at: app.createdAt,
    generation: GENERATION,
    git_url: `https://git.heroku.com/${app.name}.git`,
    id: app.id,
    internal_routing: null,
    maintenance: app.maintenance,
    name: app.name,
    organization: team === undefined ? null : teamReference(team),
    owner: accountReference(platform, app.ownerId),
    region: reference(REGIONS, app.region),
    released_at: app.releasedAt,
    repo_size: null,
    slug_size: null,
    space: null,
    stack: reference(STACKS, app.stack),
    team: team === undefined ? null : teamReference(team),
    updated_at: app.updatedAt,
    web_url: platform.webUrl(app),
  };
}

export function serializeTeamApp(platform: Platform, app: App) {
  const { acm, generation, organization, team, ...common } = serializeApp(platform, app);
  return { ...common, joined: true, locked: app.locked, team: team === null ? null : { name: team.name } };
}

export function serializeRelease(platform: Platform, app: App, release: Release) {
  return {
    addon_plan_names: [],
    app: appReference(app),
    artifacts: [],
    created_at: release.createdAt,
    current: currentRelease(app)?.id === release.id,
    description: release.description,
    eligible_for_rollback: release.status === "succeeded" && Object.keys(release.images).length > 0,
    id: release.id,
    output_stream_url: null,
    slug: null,
    status: release.status,
    updated_at: release.updatedAt,
    user: accountReference(platform, release.userId),
    version: release.version,
  };
}

/** A process type; with the `docker-releases` variant it also names its image. */
export function serializeProcess(app: App, process: Process, variant: string | undefined) {
  const image = latestRelease(app)?.images[process.type];
  return {
    app: appReference(app),
    command: "",
    created_at: process.createdAt,
    dyno_size: reference(DYNO_SIZES, process.size),
    id: process.id,
    quantity: process.quantity,
    size: process.size,
    type: process.type,
    updated_at: process.updatedAt,
    ...(variant === "docker-releases"
      ? { docker_image: image === undefined ? null : { id: image.imageId } }
      : {}),
  };
}

export function serializeDyno(app: App, dyno: Dyno) {
  return {
    app: appReference(app),
    attach_url: null,
    command: "",
    created_at: dyno.createdAt,
    id: dyno.id,
    name: dyno.name,
    release: dyno.spec.release,
    size: dyno.spec.size.name,
    state: dyno.state === "stopping" ? "down" : dyno.state,
    type: dyno.spec.type,
    updated_at: dyno.updatedAt,
  };
}

export function serializeDomain(platform: Platform, app: App, domain: Domain) {
  return {
    acm_status: null,
    acm_status_reason: null,
    app: appReference(app),
    cname: platform.hostname(app),
    created_at: domain.createdAt,
    hostname: domain.hostname,
    id: domain.id,
    kind: "custom",
    sni_endpoint: null,
    status: "succeeded",
    updated_at: domain.updatedAt,
  };
}

/** The domain that every app has from the start. */
export function serializeOwnDomain(platform: Platform, app: App) {
  return {
    acm_status: null,
    acm_status_reason: null,
    app: appReference(app),
    cname: null,
    created_at: app.createdAt,
    hostname: platform.hostname(app),
    id: app.id,
    kind: "heroku",
    sni_endpoint: null,
    status: "none",
    updated_at: app.updatedAt,
  };
}
