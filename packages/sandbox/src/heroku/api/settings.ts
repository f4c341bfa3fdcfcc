import { randomUUID } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { APP_FEATURES, findSize } from "../catalogue.ts";
import type { Platform } from "../platform.ts";
import { type App, type Domain, timestamp } from "../state.ts";
import { draftOf, findApp, param, parseBody, sendList } from "./common.ts";
import { invalid, notFound } from "./errors.ts";
import { serializeApp, serializeDomain, serializeOwnDomain } from "./serialize.ts";

const HOSTNAME = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/;

/** Settings of an app: features, buildpacks, automated certificates, domains. */
export function settingRoutes(api: FastifyInstance, platform: Platform): void {
  featureRoutes(api, platform);
  buildpackRoutes(api, platform);
  certificateRoutes(api, platform);
  domainRoutes(api, platform);
}

/** https://devcenter.heroku.com/articles/platform-api-reference#app-feature */
function featureRoutes(api: FastifyInstance, platform: Platform): void {
  const serialize = (app: App) =>
    APP_FEATURES.map((feature) => ({ ...feature, enabled: app.features[feature.name] ?? false }));
  const find = (app: App, identity: string) => {
    const found = serialize(app).find(({ id, name }) => id === identity || name === identity);
    if (found === undefined) throw notFound("app_feature", "feature");
    return found;
  };

  api.get("/apps/:app/features", { config: { scope: "read" } }, async (request, reply) =>
    sendList(request, reply, serialize(findApp(platform, request)), ["id", "name"]),
  );
  api.get("/apps/:app/features/:feature", { config: { scope: "read" } }, async (request) =>
    find(findApp(platform, request), param(request, "feature")),
  );
  api.patch("/apps/:app/features/:feature", { config: { scope: "write" } }, async (request) => {
    const app = findApp(platform, request);
    const { name } = find(app, param(request, "feature"));
    const { enabled } = parseBody(z.object({ enabled: z.boolean() }), request);
    await platform.store.update((state) => {
      const draft = draftOf(state.apps, app.id);
      const size = findSize(draft.formation.web?.size ?? "");
      if (name === "preboot" && enabled && size?.single === true) {
        throw invalid(`Preboot is not available for ${size.name} dynos.`);
      }
      draft.features[name] = enabled;
      draft.updatedAt = timestamp();
    });
    return find(draftOf(platform.store.data.apps, app.id), name);
  });
}

/** https://devcenter.heroku.com/articles/platform-api-reference#buildpack-installations */
function buildpackRoutes(api: FastifyInstance, platform: Platform): void {
  const serialize = (app: App) =>
    app.buildpacks.map((url, ordinal) => ({
      ordinal,
      buildpack: { url, name: url.replace(/^urn:buildpack:/, "") },
    }));
  const schema = z.object({ updates: z.array(z.object({ buildpack: z.string() })) });
  const path = "/apps/:app/buildpack-installations";

  api.get(path, { config: { scope: "read" } }, async (request) => serialize(findApp(platform, request)));
  api.put(path, { config: { scope: "write" } }, async (request) => {
    const app = findApp(platform, request);
    const { updates } = parseBody(schema, request);
    await platform.store.update((state) => {
      const draft = draftOf(state.apps, app.id);
      draft.buildpacks = updates.map(({ buildpack }) => buildpack);
      draft.updatedAt = timestamp();
    });
    return serialize(draftOf(platform.store.data.apps, app.id));
  });
}

/** https://devcenter.heroku.com/articles/platform-api-reference#app-enable-acm */
function certificateRoutes(api: FastifyInstance, platform: Platform): void {
  const path = "/apps/:app/acm";
  const change = async (app: App, acm: boolean) => {
    await platform.store.update((state) => {
      const draft = draftOf(state.apps, app.id);
      draft.acm = acm;
      draft.updatedAt = timestamp();
    });
    return serializeApp(platform, draftOf(platform.store.data.apps, app.id));
  };
  api.post(path, { config: { scope: "write" } }, async (request) => {
    const app = findApp(platform, request);
    if (findSize(app.formation.web?.size ?? "")?.name === "Eco") {
      throw invalid("Automated Certificate Management is not available for Eco dynos.");
    }
    return change(app, true);
  });
  api.delete(path, { config: { scope: "write" } }, async (request) =>
    change(findApp(platform, request), false),
  );
}

/** https://devcenter.heroku.com/articles/platform-api-reference#domain */
function domainRoutes(api: FastifyInstance, platform: Platform): void {
  const list = (app: App) => [
    serializeOwnDomain(platform, app),
    ...app.domains.map((domain) => serializeDomain(platform, app, domain)),
  ];
  const find = (app: App, identity: string) => {
    const found = list(app).find(({ id, hostname }) => id === identity || hostname === identity);
    if (found === undefined) throw notFound("domain");
    return found;
  };
  const path = "/apps/:app/domains";

  api.get(path, { config: { scope: "read" } }, async (request, reply) =>
    sendList(request, reply, list(findApp(platform, request)), ["hostname", "id"]),
  );
  api.post(path, { config: { scope: "write" } }, async (request, reply) => {
    const app = findApp(platform, request);
    const { hostname } = parseBody(z.object({ hostname: z.string(), sni_endpoint: z.null() }), request);
    if (!HOSTNAME.test(hostname)) throw invalid("Hostname is not a valid domain name");
    const now = timestamp();
    const domain: Domain = { id: randomUUID(), hostname, createdAt: now, updatedAt: now };
    await platform.store.update((state) => {
      const taken = Object.values(state.apps).some((other) =>
        other.domains.some((own) => own.hostname === hostname),
      );
      if (taken) throw invalid(`${hostname} is currently in use by another app.`);
      draftOf(state.apps, app.id).domains.push(domain);
    });
    return reply.code(201).send(serializeDomain(platform, app, domain));
  });
  api.delete(`${path}/:domain`, { config: { scope: "write" } }, async (request) => {
    const app = findApp(platform, request);
    const domain = find(app, param(request, "domain"));
    if (domain.kind === "heroku") throw invalid("The app's own domain cannot be removed.");
    await platform.store.update((state) => {
      const draft = draftOf(state.apps, app.id);
      draft.domains = draft.domains.filter(({ id }) => id !== domain.id);
    });
    return domain;
  });
}
