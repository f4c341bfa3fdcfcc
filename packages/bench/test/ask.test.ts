import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ask } from "../src/measure/ask.ts";

let server: http.Server;
let asked: string[];
beforeEach(async () => {
  asked = [];
  server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.headers.host} ${request.url}`);
    response.end("an answer");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => void server.close());

it("finds a name below localhost, which no resolver may know, on this machine", async () => {
  const { port } = server.address() as AddressInfo;
  expect(await ask(new URL(`http://an-app.localhost:${port}/infer`))).toBe("an answer");
  expect(asked).toEqual([`POST an-app.localhost:${port} /infer`]);
});

it("gives the empty text where nothing listens", async () => {
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  expect(await ask(new URL(`http://an-app.localhost:${port}/infer`))).toBe("");
});
