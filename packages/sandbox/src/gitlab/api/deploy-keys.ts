import { createHash } from "node:crypto";
import { invalid, must } from "../errors.ts";
import { type DeployKey, MAINTAINER, nextId, now } from "../state.ts";
import type { Api, Call } from "./call.ts";

/** Deploy keys: https://docs.gitlab.com/api/deploy_keys/. There is no ssh in a sandbox: keys are records only. */
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
  api.post(base, async (call) => {
    const project = call.project(MAINTAINER);
    const { params } = call;
    const key = params.requireString("key").trim();
    const title = params.requireString("title");
    if (!/^(ssh-(rsa|ed25519|dss)|ecdsa-sha2-\S+|sk-\S+) [A-Za-z0-9+/=]+( .*)?$/.test(key)) {
      throw invalid({ key: ["is invalid"], fingerprint: ["cannot be generated"] });
    }
    const added = await instance.store.update((state) => {
      if (state.deployKeys.some((other) => other.projectId === project.id && other.key === key)) {
        throw invalid({ "deploy_key.fingerprint_sha256": ["has already been taken"] });
      }
      const record: DeployKey = {
        id: nextId(state, "deployKey"),
        projectId: project.id,
        title,
        key,
        canPush: params.boolean("can_push") ?? false,
        createdAt: now(),
        expiresAt: params.string("expires_at") ?? null,
      };
      state.deployKeys.push(record);
      return record;
    });
    return entity(added);
  });
  api.put(`${base}/:key_id`, async (call) => {
    const { id } = find(call);
    const changed = await instance.store.update((state) => {
      const stored = must(state.deployKeys.find((key) => key.id === id));
      stored.title = call.params.string("title") ?? stored.title;
      stored.canPush = call.params.boolean("can_push") ?? stored.canPush;
      return stored;
    });
    return entity(changed);
  });
  api.delete(`${base}/:key_id`, async (call) => {
    const { id } = find(call);
    await instance.store.update((state) => {
      state.deployKeys = state.deployKeys.filter((key) => key.id !== id);
    });
    return call.noContent();
  });
}

function entity(key: DeployKey): Record<string, unknown> {
  const bytes = Buffer.from(key.key.split(" ")[1] ?? "", "base64");
  const fingerprint = createHash("sha256").update(bytes).digest("base64").replace(/=+$/, "");
  return {
    id: key.id,
    title: key.title,
    key: key.key,
    fingerprint_sha256: `SHA256:${fingerprint}`,
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    usage_type: "auth_and_signing",
    can_push: key.canPush,
  };
}
