import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { resolvePorts } from "../../src/core/ports.ts";
import { endTracked, recordProcess, runningPid, spawnTracked } from "../../src/core/process.ts";
import { parseBasic, parsePath } from "../../src/core/registry-proxy.ts";
import { openStore } from "../../src/core/store.ts";
import { paginate, parseRange } from "../../src/heroku/api/ranges.ts";
import { createRateLimit } from "../../src/heroku/api/rate-limit.ts";
import { openVault } from "../../src/heroku/secrets.ts";

const folder = mkdtempSync(join(tmpdir(), "tag-to-endpoint-core-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("store", () => {
  test("updates are applied in order, a failed one leaves nothing, the file is private", async () => {
    const file = join(folder, "order.json");
    const store = openStore<{ list: number[] }>(file, { list: [] });
    const results = await Promise.allSettled([
      store.update((draft) => draft.list.push(1)),
      store.update((draft) => {
        draft.list.push(99);
        throw new Error("no");
      }),
      store.update((draft) => draft.list.push(2)),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(store.data).toEqual({ list: [1, 2] });
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ list: [1, 2] });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await store.close();
    await expect(store.update(() => undefined)).rejects.toThrow("is closed");
  });

  test("what was acknowledged survives SIGKILL at any moment", async () => {
    const file = join(folder, "killed.json");
    const program = `
      const { openStore } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/core/store.ts"))});
      const store = openStore(${JSON.stringify(file)}, { n: 0, padding: "x".repeat(50000) });
      for (;;) { await store.update((draft) => { draft.n++; }); process.stdout.write(store.data.n + "\\n"); }`;
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, ["--input-type=module", "-e", program]);
      let acknowledged = 0;
      child.stdout.on("data", (part) => {
        acknowledged = Number(String(part).trim().split("\n").at(-1));
        if (acknowledged % 50 >= 20 + round) child.kill("SIGKILL");
      });
      await once(child, "close");
      const stored = openStore<{ n: number }>(file, { n: 0 }).data.n;
      expect(stored).toBeGreaterThanOrEqual(acknowledged);
    }
  });

  test("a file that cannot be written fails the update and keeps the state", async () => {
    writeFileSync(join(folder, "file"), "");
    const store = openStore<{ n: number }>(join(folder, "file/state.json"), { n: 0 });
    await expect(store.update((draft) => draft.n++)).rejects.toThrow("cannot write");
    expect(store.data.n).toBe(0);
  });

  test("no temporary file is left", () => {
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp") && name.includes("order"))).toEqual([]);
  });
});

describe("ports", () => {
  test("are kept, and a taken one is named", async () => {
    const file = join(folder, "ports.json");
    const ports = await resolvePorts(file, false);
    expect(new Set(Object.values(ports)).size).toBe(6);
    expect(await resolvePorts(file, true)).toEqual(ports);
    const other = createServer().listen(ports.router, "127.0.0.1");
    await once(other, "listening");
    await expect(resolvePorts(file, true)).rejects.toThrow(`port ${ports.router} (router)`);
    other.close();
  });

  test("that an older sandbox has not chosen are added to those that it has", async () => {
    const file = join(folder, "older-ports.json");
    const { gitlabSsh: _, ...older } = await resolvePorts(join(folder, "newer-ports.json"), false);
    writeFileSync(file, JSON.stringify(older));
    const ports = await resolvePorts(file, false);
    expect(ports).toMatchObject(older);
    expect(await resolvePorts(file, false)).toEqual(ports);
    expect(Object.values(older)).not.toContain(ports.gitlabSsh);
  });
});

describe("processes", () => {
  test("a helper is found and ended with its children; another process with its number is left", async () => {
    const child = spawnTracked(folder, "helper", "sh", ["-c", "trap '' TERM; sleep 100 & wait; sleep 100"]);
    expect(runningPid(folder, "helper")).toBe(child.pid);
    await endTracked(folder, "helper", 200);
    expect(runningPid(folder, "helper")).toBeUndefined();
    recordProcess(folder, "impostor", process.pid);
    writeFileSync(join(folder, "run/impostor.pid"), JSON.stringify({ pid: process.pid, started: "1" }));
    await endTracked(folder, "impostor");
  });
});

describe("registry paths", () => {
  test.each([
    ["/v2/", null, "base", ""],
    ["/v2/_catalog", null, "catalog", ""],
    ["/v2/app/web/manifests/latest", "app/web", "manifests", "latest"],
    ["/v2/group/sub/project/image/blobs/uploads/1-2", "group/sub/project/image", "blobs", "uploads/1-2"],
    ["/v2/a/tags/list", "a", "tags", "list"],
  ])("%s", (path, repository, kind, reference) => {
    expect(parsePath(path)).toEqual({ repository, kind, reference });
  });

  test.each(["/", "/v1/", "/v2/../etc/manifests/x", "/v2/App/manifests/x", "/v2/a//b/manifests/x"])(
    "%s is none",
    (path) => expect(parsePath(path)).toBeUndefined(),
  );

  test("Basic credentials", () => {
    const header = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
    expect(parseBasic(header("_:a:b"))).toEqual({ user: "_", password: "a:b" });
    for (const wrong of [undefined, "", "Bearer x", header("no colon")])
      expect(parseBasic(wrong)).toBeUndefined();
  });
});

describe("ranges", () => {
  const all = Array.from({ length: 450 }, (_, n) => ({ id: n + 1, name: `n${n}` }));
  test.each([
    [undefined, 200, 1, "id ]200..; max=200"],
    ["id ..; max=5", 5, 1, "id ]5..; max=5"],
    ["id ]5..; max=5", 5, 6, "id ]10..; max=5"],
    ["id 440..", 11, 440, undefined],
    ["id 440..445; max=3", 3, 440, "id ]442..445; max=3"],
    ["id ..; max=2,order=desc", 2, 450, "id ]449..; max=2, order=desc"],
    ["id ]449..; max=2, order=desc", 2, 448, "id ]447..; max=2, order=desc"],
    ["id ..; max=5000", 450, 1, undefined],
  ])("%s", (header, count, first, next) => {
    const page = paginate(all, parseRange(header, ["id", "name"]));
    expect([page.items.length, page.items[0]?.id, page.nextRange]).toEqual([count, first, next]);
  });
});

test("the rate limit refills by 75 a minute", () => {
  let now = 0;
  const limit = createRateLimit({ capacity: 4500, perMinute: 75 }, () => now);
  for (let i = 0; i < 4500; i++) expect(limit.take("a")).toBe(4499 - i);
  expect(limit.take("a")).toBe(-1);
  expect(limit.take("b")).toBe(4499);
  now = 60_000;
  expect(limit.take("a")).toBe(74);
});

test("the vault opens what it sealed, with its own key alone", async () => {
  const vault = await openVault(join(folder, "key"));
  const sealed = vault.seal("geheim ✓");
  expect(vault.seal("geheim ✓").sealed).not.toBe(sealed.sealed);
  expect((await openVault(join(folder, "key"))).open(sealed)).toBe("geheim ✓");
  const other = await openVault(join(folder, "other-key"));
  expect(() => other.open(sealed)).toThrow();
});
