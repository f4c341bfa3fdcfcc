import { effectiveLevel } from "../access.ts";
import { fingerprints, publicKeyBytes, recordsOf } from "../deploy-keys.ts";
import { invalid, must, parameterError } from "../errors.ts";
import { type DeployKey, MAINTAINER, nextId, now, type State } from "../state.ts";
import type { Api, Call } from "./call.ts";
import type { Params } from "./params.ts";

/** Deploy keys: https://docs.gitlab.com/api/deploy_keys/. They open the repository by SSH (`../git/ssh.ts`). */
export function deployKeyRoutes(api: Api): void {
  const { instance } = api;
  const base = "/projects/:id/deploy_keys";
  const own = (call: Call) => {
    const project = call.project(MAINTAINER);
    return call.state.deployKeys.filter((key) => key.projectId === project.id);
  };
  const find = (call: Call) =>
    must(
      own(call).find(({ id }) => id === call.number("key_id")),
      "Deploy Key",
    );
  api.get(base, (call) => call.page(own(call)).map(entity));
  api.get(`${base}/:key_id`, (call) => entity(find(call)));
  api.post(base, create);
  api.put(`${base}/:key_id`, async (call) => {
    const { id, projectId } = find(call);
    const title = call.params.string("title");
    const canPush = call.params.boolean("can_push");
    const changed = await instance.store.update((state) => {
      // The title is the key's, the right to push that of the project.
      for (const record of state.deployKeys.filter((key) => key.id === id)) {
        record.title = title ?? record.title;
        if (record.projectId === projectId) record.canPush = canPush ?? record.canPush;
      }
      return must(state.deployKeys.find((key) => key.id === id && key.projectId === projectId));
    });
    return entity(changed);
  });
  api.delete(`${base}/:key_id`, async (call) => {
    const { id, projectId } = find(call);
    await instance.store.update((state) => removeDeployKey(state, id, projectId));
    return call.noContent();
  });
}

/**
 * A key that the project has already is given back; one of another project that the caller may manage is shared with
 * this one; any other key that GitLab knows is refused.
 */
async function create(call: Call): Promise<unknown> {
  const project = call.project(MAINTAINER);
  const { params, instance, caller } = call;
  const key = params.requireString("key").trim();
  const title = params.requireString("title");
  const canPush = params.boolean("can_push") ?? false;
  const expiresAt = moment(params, "expires_at");
  const added = await instance.store.update((state) => {
    const same = state.deployKeys.filter((record) => record.key === key);
    const present = same.find(({ projectId }) => projectId === project.id);
    if (present) return present;
    const shared = same.find(({ projectId }) => {
      const other = state.projects.find(({ id }) => id === projectId);
      return other !== undefined && effectiveLevel(state, caller, other) >= MAINTAINER;
    });
    if (!shared) checkNew(state, key, expiresAt);
    const record: DeployKey = {
      ...(shared ?? {
        id: nextId(state, "deployKey"),
        userId: caller.user.id,
        title,
        key,
        createdAt: now(),
        expiresAt,
      }),
      projectId: project.id,
      canPush,
    };
    state.deployKeys.push(record);
    return record;
  });
  return entity(added);
}

/** The validations of a key that GitLab does not have yet. */
function checkNew(state: State, key: string, expiresAt: string | null): void {
  const bytes = publicKeyBytes(key);
  if (bytes === undefined) {
    throw invalid({
      "deploy_key.key": ["is invalid"],
      "deploy_key.fingerprint_sha256": ["cannot be generated"],
    });
  }
  if (recordsOf(state, bytes).length > 0) {
    throw invalid({ "deploy_key.fingerprint_sha256": ["has already been taken"] });
  }
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) {
    throw invalid({ "deploy_key.key": ["has expired"] });
  }
}

/** Takes a key from a project. One that no project has any more is gone, and with it what rules say of it. */
function removeDeployKey(state: State, id: number, projectId: number): void {
  state.deployKeys = state.deployKeys.filter((key) => !(key.id === id && key.projectId === projectId));
  if (state.deployKeys.some((key) => key.id === id)) return;
  for (const rule of state.protectedBranches) {
    rule.push = rule.push.filter((entry) => entry.deployKeyId !== id);
  }
  for (const rule of state.protectedTags) {
    rule.create = rule.create.filter((entry) => entry.deployKeyId !== id);
  }
}

/** A moment, `2026-01-31T00:00:00Z`, as the API shows it. */
function moment(params: Params, name: string): string | null {
  const given = params.string(name);
  if (given === undefined || given === "") return null;
  const time = Date.parse(given);
  if (Number.isNaN(time)) throw parameterError(`${name} is invalid`);
  return new Date(time).toISOString();
}

function entity(key: DeployKey): Record<string, unknown> {
  const { md5, sha256 } = fingerprints(key.key);
  return {
    id: key.id,
    title: key.title,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    last_used_at: null,
    key: key.key,
    usage_type: "auth_and_signing",
    fingerprint: md5,
    fingerprint_sha256: sha256,
    can_push: key.canPush,
  };
}
