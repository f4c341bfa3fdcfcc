import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SandboxContext, Service } from "../core/context.ts";
import { writeAtomically } from "../core/store.ts";
import { newAuthorization } from "./api/authorizations.ts";
import { createApi } from "./api/server.ts";
import { openPlatform, type Platform, type PlatformOptions } from "./platform.ts";
import { ROUTER_LIMITS, type RouterLimits, startRouter } from "./router/router.ts";
import { ADMIN_EMAIL } from "./standing.ts";
import { timestamp } from "./state.ts";

export interface HerokuService extends Service {
  /** Base URL of the Platform API. */
  url: string;
  /** Host and port of the image registry. */
  registryHost: string;
  /** Where apps are reached, each by its hostname. */
  routerUrl: string;
  /** A token with the scope `global` of the first account. */
  adminToken: string;
  /** A further account, for trying who may do what. Its token is shown this once. */
  createAccount(email: string): Promise<{ id: string; token: string }>;
  /** What `status` shows. */
  summary(): { name: string; url: string; dynos: string[]; release: string }[];
}

export interface HerokuOptions extends PlatformOptions {
  router?: Partial<RouterLimits>;
}

/** Starts the Heroku of a sandbox: Platform API, image registry, dynos and router. */
export async function startHeroku(ctx: SandboxContext, options: HerokuOptions = {}): Promise<HerokuService> {
  const platform = await openPlatform(ctx, options);
  const adminToken = await firstAccount(platform, join(ctx.stateDir, "heroku", "admin-token"));
  const router = await startRouter(platform, { ...ROUTER_LIMITS, ...options.router });
  const api = createApi(platform);
  await api.listen({ host: "127.0.0.1", port: ctx.ports.heroku });
  platform.resume();
  const { log, store } = platform;
  log.info(`API on 127.0.0.1:${ctx.ports.heroku}, router on 127.0.0.1:${ctx.ports.router}`);

  return {
    url: `http://127.0.0.1:${ctx.ports.heroku}`,
    registryHost: platform.registry.host,
    routerUrl: `http://127.0.0.1:${ctx.ports.router}`,
    adminToken,
    createAccount: (email) => createAccount(platform, email),
    summary: () =>
      Object.values(store.data.apps).map((app) => ({
        name: app.name,
        url: platform.webUrl(app),
        dynos: platform.dynos.dynos(app.id).map((dyno) => `${dyno.name} ${dyno.state}`),
        release: `v${app.releases.at(-1)?.version ?? 0} ${app.releases.at(-1)?.status ?? ""}`.trim(),
      })),
    async close() {
      await router.close();
      await api.close();
      await platform.close();
    },
  };
}

/**
 * The first account's token has to be told again at every start, so it alone is kept, sealed: as for every other
 * token the state has no more than a hash of it.
 */
async function firstAccount(platform: Platform, tokenFile: string): Promise<string> {
  const { vault } = platform;
  if (existsSync(tokenFile)) return vault.open({ sealed: readFileSync(tokenFile, "utf8").trim() });
  const { token } = await createAccount(platform, ADMIN_EMAIL);
  await writeAtomically(tokenFile, `${vault.seal(token).sealed}\n`);
  return token;
}

async function createAccount(platform: Platform, email: string): Promise<{ id: string; token: string }> {
  const now = timestamp();
  const id = randomUUID();
  const { authorization, token } = newAuthorization(id, { scope: ["global"], description: "API key" });
  await platform.store.update((state) => {
    const earlier = Object.values(state.accounts).find((account) => account.email === email);
    if (earlier !== undefined) authorization.accountId = earlier.id;
    else state.accounts[id] = { id, email, name: null, createdAt: now, updatedAt: now };
    state.authorizations[authorization.id] = authorization;
  });
  return { id: authorization.accountId, token };
}
