/** The deploy job's HTTP client, `image/repository/ci/request.py`, inside the runtime image. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildRuntime, root, run } from "./support.ts";

const script = join(root, "image/repository/ci/request.py");
let runtime: string;
let server: Server;
let port: number;
const seen: Array<Pick<IncomingMessage, "method" | "url" | "headers"> & { body: string }> = [];

beforeAll(async () => {
  runtime = await buildRuntime();
  server = createServer(async (incoming, response) => {
    const { method, url, headers } = incoming;
    seen.push({ method, url, headers, body: await text(incoming) });
    const status = Number(url?.slice(1));
    if (status === 302) response.setHeader("location", "/200");
    response.writeHead(status).end(`{"status":\n${status}}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
}, 600_000);

afterAll(() => new Promise((resolve) => server.close(resolve)));

/** As deploy.sh does it: the script as an argument, the token and the body through standard input. */
const send = (words: string[], input: string) =>
  run(
    "sh",
    ["-c", 'exec docker run --rm -i --network host "$0" python -c "$(cat "$1")" "$2" "$3" "$4"'].concat(
      [runtime, script],
      words,
    ),
    { input },
  );

describe("request.py", () => {
  it("sends method, header, token and body, and prints the answer and its status", async () => {
    const printed = await send(
      ["PATCH", `http://127.0.0.1:${port}/200`, "Accept: a/b; version=3"],
      "s3cret\n{}",
    );
    expect(printed).toBe('{"status":\n200}\n200');
    expect(seen.at(-1)).toMatchObject({
      ...{ method: "PATCH", url: "/200", body: "{}" },
      headers: { accept: "a/b; version=3", authorization: "Bearer s3cret" },
    });
  });

  it("sends no token and no body where there are none", async () => {
    await send(["GET", `http://127.0.0.1:${port}/200`, "Accept: x/y"], "\n");
    expect(seen.at(-1)).toMatchObject({ method: "GET", body: "" });
    expect(seen.at(-1)?.headers.authorization).toBeUndefined();
  });

  it.each([404, 422, 500])("prints the body of a %d", async (status) => {
    const printed = await send(["GET", `http://127.0.0.1:${port}/${status}`, "Accept: x/y"], "\n");
    expect(printed).toBe(`{"status":\n${status}}\n${status}`);
  });

  it("does not take a token on to another address", async () => {
    const before = seen.length;
    expect(await send(["GET", `http://127.0.0.1:${port}/302`, "Accept: x/y"], "s3cret\n")).toMatch(/\n302$/);
    expect(seen.length).toBe(before + 1);
  });

  it("finds names below localhost on this machine", async () => {
    expect(await send(["GET", `http://app.localhost:${port}/200`, "Accept: x/y"], "\n")).toMatch(/\n200$/);
    expect(seen.at(-1)?.headers.host).toBe(`app.localhost:${port}`);
  });

  it("says why there is no answer", async () => {
    expect(await send(["GET", "http://127.0.0.1:9/", "Accept: x/y"], "s3cret\n")).toMatch(
      /^URLError: .*Connection refused.*\n000$/,
    );
  });
});
