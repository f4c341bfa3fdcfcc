import { requireGroup } from "../access.ts";
import { must, parameterError } from "../errors.ts";
import { type DeployToken, recordsOf } from "../project-records.ts";
import { MAINTAINER, nextId, now } from "../state.ts";
import { newToken } from "../vault.ts";
import type { Api, Call } from "./call.ts";

const SCOPES = [
  "read_repository",
  "read_registry",
  "write_registry",
  "read_virtual_registry",
  "write_virtual_registry",
  "read_package_registry",
  "write_package_registry",
];

/** Deploy tokens, kept and good for nothing here: https://docs.gitlab.com/api/deploy_tokens/ */
export function deployTokenRoutes(api: Api): void {
  addRoutes(api, "projects", (call) => ({ kind: "project", id: call.project(MAINTAINER).id }));
  addRoutes(api, "groups", (call) => ({
    kind: "group",
    id: requireGroup(call.state, call.caller, call.path("id"), MAINTAINER).id,
  }));
}

function addRoutes(api: Api, kind: string, place: (call: Call) => DeployToken["owner"]): void {
  const base = `/${kind}/:id/deploy_tokens`;
  const isOf = (owner: DeployToken["owner"]) => (token: DeployToken) =>
    token.owner.kind === owner.kind && token.owner.id === owner.id;
  api.get(base, (call) => {
    const found = recordsOf(call.state).deployTokens.filter(isOf(place(call)));
    const active = call.params.boolean("active") ?? false;
    return call.page(found.filter((token) => !active || !isExpired(token))).map(entity);
  });
  api.post(base, async (call) => {
    const owner = place(call);
    const { params } = call;
    const scopes = params.list("scopes") ?? [];
    if (scopes.length === 0) throw parameterError("scopes is missing");
    if (scopes.some((scope) => !SCOPES.includes(scope))) {
      throw parameterError("scopes does not have a valid value");
    }
    const name = params.requireString("name");
    const token = await api.instance.store.update((state) => {
      const id = nextId(state, "deployToken");
      const username = params.string("username") || `gitlab+deploy-token-${id}`;
      const added = { id, owner, name, username, scopes, expiresAt: params.string("expires_at") ?? null };
      recordsOf(state).deployTokens.push(added);
      return added;
    });
    return { ...entity(token), token: newToken("gldt-") };
  });
  api.delete(`${base}/:token_id`, async (call) => {
    const owner = place(call);
    const id = call.number("token_id");
    await api.instance.store.update((state) => {
      const records = recordsOf(state);
      const found = records.deployTokens.find((token) => token.id === id && isOf(owner)(token));
      must(found, "Deploy Token");
      records.deployTokens = records.deployTokens.filter((token) => token !== found);
    });
    return call.noContent();
  });
}

const isExpired = ({ expiresAt }: DeployToken) => expiresAt !== null && expiresAt <= now();

function entity(token: DeployToken): Record<string, unknown> {
  return {
    id: token.id,
    name: token.name,
    username: token.username,
    expires_at: token.expiresAt,
    scopes: token.scopes,
    revoked: false,
    expired: isExpired(token),
  };
}
