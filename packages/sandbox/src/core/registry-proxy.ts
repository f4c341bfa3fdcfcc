import { createHash } from "node:crypto";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { describeError, type Logger } from "./log.ts";

/** A manifest that a client wants to store. */
export interface ManifestPut {
  repository: string;
  /** A tag or a digest. */
  reference: string;
  mediaType: string;
  digest: string;
  manifest: Record<string, unknown>;
}

/** What a client wants to do: no repository means the log-in check (`GET /v2/`) or the catalogue. */
export interface RegistryAccess {
  repository: string | null;
  actions: ("pull" | "push" | "delete")[];
}

/** An answer of the registry that is an error: https://distribution.github.io/distribution/spec/api/#errors */
export interface RegistryError {
  status: number;
  code: string;
  message: string;
}

/** Who may do what in a registry, and what it takes. */
export interface RegistryRules {
  /** Shown by `docker login` failures; a real registry's service name. */
  realm: string;
  /**
   * Says who may do what. `true` lets the request through; `false` is 401 (who are you?); an error is given
   * as it is (403 DENIED for a known user without the right).
   */
  authorize(
    user: string,
    password: string,
    access: RegistryAccess,
  ): Promise<boolean | RegistryError> | boolean | RegistryError;
  /** May refuse a manifest before it is stored. */
  acceptManifest?(put: ManifestPut): RegistryError | undefined;
  /** Told of each manifest that was stored, before its client is. */
  onManifestPut?(put: ManifestPut): Promise<void> | void;
}

/** What the sandbox itself does beside the registry. */
export interface ProxyHooks {
  /** Before somebody who may push is told whether a repository has a blob. */
  beforeBlobIsLookedUp(blob: { repository: string; digest: string }): Promise<void>;
  /** After a manifest was stored. */
  afterManifest(put: ManifestPut): Promise<void>;
}

interface ProxyOptions extends RegistryRules, ProxyHooks {
  socket: string;
  internal: { username: string; password: string };
  log: Logger;
}

// The registry's own limit: https://distribution.github.io/distribution/spec/manifest-v2-2/
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** What a path of the registry's API is about. */
export interface RegistryPath {
  repository: string | null;
  kind: "base" | "catalog" | "manifests" | "blobs" | "tags";
  reference: string;
}

const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const REPOSITORY_PATH = new RegExp(`^/v2/(${COMPONENT}(?:/${COMPONENT})*)/(manifests|blobs|tags)/(.+)$`);

/** Parses a path of https://distribution.github.io/distribution/spec/api/#detail; none when it is no such path. */
export function parsePath(path: string): RegistryPath | undefined {
  if (path === "/v2" || path === "/v2/") return { repository: null, kind: "base", reference: "" };
  if (path === "/v2/_catalog") return { repository: null, kind: "catalog", reference: "" };
  const match = REPOSITORY_PATH.exec(path);
  if (match === null) return undefined;
  const [, repository = "", kind, reference = ""] = match;
  return { repository, kind: kind as "manifests" | "blobs" | "tags", reference };
}

/** The right that a request needs. */
export function neededAccess(method: string, target: RegistryPath): RegistryAccess {
  if (target.repository === null)
    return { repository: null, actions: target.kind === "base" ? [] : ["pull"] };
  const action = method === "GET" || method === "HEAD" ? "pull" : method === "DELETE" ? "delete" : "push";
  return { repository: target.repository, actions: [action] };
}

/** The request handler of the authenticating proxy. */
export function createProxy(options: ProxyOptions): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    handle(options, req, res).catch((error: unknown) => {
      options.log.error(`${req.method} ${req.url?.split("?")[0]}: ${describeError(error)}`);
      if (res.headersSent) res.destroy();
      else sendError(res, { status: 502, code: "UNKNOWN", message: "the registry did not answer" });
    });
  };
}

async function handle(options: ProxyOptions, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const url = new URL(req.url ?? "/", "http://registry");
  const method = req.method ?? "GET";
  const target = parsePath(url.pathname);
  if (target === undefined)
    return sendError(res, { status: 404, code: "NAME_INVALID", message: "no such path" });

  const refusal = await checkAccess(options, req, neededAccess(method, target));
  if (refusal !== undefined) {
    if (refusal.status === 401) res.setHeader("www-authenticate", `Basic realm="${options.realm}"`);
    return sendError(res, refusal);
  }
  if (await mayNotMount(options, req, url)) req.url = url.pathname;
  if (method === "HEAD") await beforeBlobIsLookedUp(options, req, target);
  if (method !== "PUT" || target.kind !== "manifests") return forward(options, req, res);

  const body = await readBody(req);
  if (body === undefined) {
    return sendError(res, { status: 413, code: "MANIFEST_INVALID", message: "the manifest is too large" });
  }
  const put = describePut(target, req.headers["content-type"] ?? "", body);
  if (put === undefined) {
    return sendError(res, { status: 400, code: "MANIFEST_INVALID", message: "the manifest is not JSON" });
  }
  const unacceptable = options.acceptManifest?.(put);
  if (unacceptable !== undefined) return sendError(res, unacceptable);
  await forward(options, req, res, body, async (status) => {
    if (status !== 201) return;
    await options.onManifestPut?.(put);
    await options.afterManifest(put);
  });
}

async function beforeBlobIsLookedUp(
  options: ProxyOptions,
  req: IncomingMessage,
  { kind, repository, reference: digest }: RegistryPath,
): Promise<void> {
  if (kind !== "blobs" || repository === null) return;
  const refusal = await checkAccess(options, req, { repository, actions: ["push"] });
  if (refusal === undefined) await options.beforeBlobIsLookedUp({ repository, digest });
}

/**
 * Whether a blob is to be mounted from a repository that the caller must not read: it is uploaded then, as from one that
 * does not exist. https://github.com/opencontainers/distribution-spec/blob/main/spec.md#mounting-a-blob-from-another-repository
 */
async function mayNotMount(
  options: ProxyOptions,
  req: IncomingMessage,
  { searchParams }: URL,
): Promise<boolean> {
  const from = searchParams.get("from");
  if (from === null || !searchParams.has("mount")) return false;
  return (await checkAccess(options, req, { repository: from, actions: ["pull"] })) !== undefined;
}

async function checkAccess(
  options: ProxyOptions,
  req: IncomingMessage,
  needed: RegistryAccess,
): Promise<RegistryError | undefined> {
  const unauthorized = { status: 401, code: "UNAUTHORIZED", message: "authentication required" };
  const credentials = parseBasic(req.headers.authorization);
  if (credentials === undefined) return unauthorized;
  const { user, password } = credentials;
  const { internal } = options;
  if (user === internal.username && sameText(password, internal.password)) return undefined;
  const answer = await options.authorize(user, password, needed);
  if (answer === false) return unauthorized;
  return answer === true ? undefined : answer;
}

/** User and password of a Basic `Authorization` header: https://www.rfc-editor.org/rfc/rfc7617 */
export function parseBasic(header: string | undefined): { user: string; password: string } | undefined {
  const encoded = /^Basic\s+([A-Za-z0-9+/=_-]+)\s*$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function sameText(a: string, b: string): boolean {
  return createHash("sha256").update(a).digest().equals(createHash("sha256").update(b).digest());
}

function describePut(target: RegistryPath, contentType: string, body: Buffer): ManifestPut | undefined {
  let manifest: unknown;
  try {
    manifest = JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof manifest !== "object" || manifest === null || Array.isArray(manifest)) return undefined;
  const fields = manifest as Record<string, unknown>;
  const declared = contentType.split(";")[0]?.trim() ?? "";
  return {
    repository: target.repository ?? "",
    reference: target.reference,
    mediaType: declared || String(fields.mediaType ?? ""),
    digest: `sha256:${createHash("sha256").update(body).digest("hex")}`,
    manifest: fields,
  };
}

async function readBody(req: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req as AsyncIterable<Buffer>) {
    size += part.length;
    if (size <= MAX_MANIFEST_BYTES) parts.push(part);
  }
  return size > MAX_MANIFEST_BYTES ? undefined : Buffer.concat(parts);
}

/**
 * Hands the request to the registry and its answer back. `stored` runs before the answer is sent, so that
 * a client that has its answer can rely on the sandbox knowing of the manifest.
 */
function forward(
  options: ProxyOptions,
  req: IncomingMessage,
  res: ServerResponse,
  body?: Buffer,
  stored?: (status: number) => Promise<void>,
): Promise<void> {
  const { authorization: _, connection: __, ...headers } = req.headers;
  if (body !== undefined) {
    delete headers["transfer-encoding"];
    headers["content-length"] = String(body.length);
  }
  return new Promise((resolve, reject) => {
    const upstream = request(
      { socketPath: options.socket, method: req.method, path: req.url, headers },
      (answer) => {
        const finish = async () => {
          const status = answer.statusCode ?? 502;
          await stored?.(status);
          res.writeHead(status, answer.headers);
          answer.once("error", reject);
          res.once("close", resolve);
          answer.pipe(res);
        };
        finish().catch(reject);
      },
    );
    upstream.once("error", reject);
    res.once("close", () => upstream.destroy());
    if (body !== undefined) upstream.end(body);
    else req.pipe(upstream);
  });
}

function sendError(res: ServerResponse, error: RegistryError): void {
  // docker takes an error without a detail for a passing one and tries again for a minute.
  const detail = { status: error.status };
  const body = JSON.stringify({ errors: [{ code: error.code, message: error.message, detail }] });
  res.writeHead(error.status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "docker-distribution-api-version": "registry/2.0",
  });
  res.end(body);
}
