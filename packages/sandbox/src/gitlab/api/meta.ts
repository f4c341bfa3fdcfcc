import { GITLAB_VERSION } from "../instance.ts";
import type { Api } from "./call.ts";

/** Facts about the instance: https://docs.gitlab.com/api/version/, https://docs.gitlab.com/api/metadata/ */
export function metaRoutes(api: Api): void {
  const revision = "sandbox";
  api.get(
    "/version",
    (call) => {
      void call.caller;
      return { version: GITLAB_VERSION, revision };
    },
    { scopes: ["read_user", "ai_features"] },
  );
  api.get(
    "/metadata",
    (call) => {
      void call.caller;
      return {
        version: GITLAB_VERSION,
        revision,
        kas: { enabled: false, externalUrl: null, externalK8sProxyUrl: null, version: null },
        enterprise: true,
      };
    },
    { scopes: ["read_user", "ai_features"] },
  );
}
