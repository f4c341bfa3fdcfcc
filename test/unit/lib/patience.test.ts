import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import {
  AnswerLost,
  patientRequest as request,
  ServiceUnavailable,
  TooManyRequests,
} from "../../../lib/http/patience.ts";
import { Unreachable } from "../../../lib/http/request.ts";

let server: Server | undefined;
afterEach(() => server?.close());

/** A service that answers its requests as told, one after another, the last one again and again. */
async function service(
  ...answers: [status: number | "cut" | "truncated", headers?: Record<string, string>][]
) {
  const seen: string[] = [];
  server = createServer((incoming, outgoing) => {
    const [status, headers] = answers[Math.min(seen.length, answers.length - 1)] ?? [500];
    seen.push(incoming.method ?? "");
    if (status === "cut") incoming.socket.destroy();
    else if (status === "truncated") {
      outgoing.writeHead(200, { "Content-Length": "100" }).write("{");
      setTimeout(() => incoming.socket.destroy(), 10);
    } else outgoing.writeHead(status, headers).end("{}");
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, seen };
}

describe("a service that wants fewer requests", () => {
  it("is asked again after the seconds that GitLab names", async () => {
    const { url, seen } = await service([429, { "Retry-After": "0" }], [429, { "Retry-After": "1" }], [200]);
    const answer = await request(`${url}/x`, { method: "POST", body: {} });
    expect([answer.status, seen]).toEqual([200, ["POST", "POST", "POST"]]);
  });

  it("is asked again after a date", async () => {
    const { url, seen } = await service([429, { "Retry-After": new Date(0).toUTCString() }], [201]);
    expect([(await request(url)).status, seen.length]).toEqual([201, 2]);
  });

  it("is asked again with growing pauses where none is named, as at Heroku", async () => {
    const { url, seen } = await service([429], [429], [200]);
    expect([(await request(url, { patienceMs: 10_000 })).status, seen.length]).toEqual([200, 3]);
  });

  it("is not waited for longer than bearable, and the error says until when it would be", async () => {
    const { url, seen } = await service([429, { "Retry-After": "3600" }]);
    const at = Date.now();
    const error = await request(`${url}/secret-path?private_token=glpat-1`).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(TooManyRequests);
    const { message } = error as Error;
    expect(message).toMatch(
      new RegExp(
        `^${url} takes no more requests for now \\(429\\): its limit of requests is used up, and it asks to wait 3600 s\\. Run this again after \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ\\.$`,
      ),
    );
    const until = Date.parse(/after (\S+)\.$/.exec(message)?.[1] ?? "");
    expect(until - at).toBeGreaterThan(3_598_000);
    expect(seen).toHaveLength(1);
  });

  it("is given up after the bearable time where no pause is named", async () => {
    const { url, seen } = await service([429]);
    await expect(request(url, { patienceMs: 1500 })).rejects.toThrow(
      `${url} takes no more requests for now (429): its limit of requests is used up, also after waiting. Run this again in a few minutes.`,
    );
    expect(seen).toHaveLength(2);
  });

  it("is not asked in a loop where it names no second", async () => {
    const { url, seen } = await service([429, { "Retry-After": "0" }]);
    await expect(request(url, { patienceMs: 600 })).rejects.toThrow(TooManyRequests);
    expect(seen).toHaveLength(3);
  });
});

describe("a service that is not well", () => {
  it.each([500, 502, 503, 504])("is asked again after %d, whatever it names", async (status) => {
    const { url, seen } = await service([status, { "Retry-After": "0" }], [status], [200]);
    expect([(await request(`${url}/x`, { pauseMs: 1 })).status, seen.length]).toEqual([200, 3]);
  });

  it.each(["PUT", "DELETE"])("is sent %s again, which does no more than once", async (method) => {
    const { url, seen } = await service([503], [204]);
    expect([(await request(url, { method, pauseMs: 1 })).status, seen]).toEqual([204, [method, method]]);
  });

  it("is not sent a request again that may have been carried out", async () => {
    const { url, seen } = await service([503], [201]);
    expect([(await request(url, { method: "POST", body: {} })).status, seen]).toEqual([503, ["POST"]]);
  });

  it("is given up, and its last answer is for the caller to judge", async () => {
    const { url, seen } = await service([503]);
    expect([(await request(url, { pauseMs: 1 })).status, seen.length]).toEqual([503, 4]);
  });

  it("is asked again where it cuts the connection, before its answer and within", async () => {
    const { url, seen } = await service(["cut"], ["truncated"], [200]);
    expect([(await request(url, { pauseMs: 1 })).status, seen.length]).toEqual([200, 3]);
  });

  it("is given up where it goes on cutting", async () => {
    const { url, seen } = await service(["cut"]);
    const error = await request(`${url}/user?private_token=glpat-1`, { pauseMs: 1 }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(ServiceUnavailable);
    expect((error as Error).message).toBe(
      `${url} did not answer GET /user (socket hang up), 4 times. Run this again in a few minutes.`,
    );
    expect(seen).toHaveLength(4);
  });

  it("is not sent a POST again whose answer was lost; the error says so", async () => {
    const { url, seen } = await service(["cut"], [201]);
    const error = await request(`${url}/x`, { method: "POST", body: {} }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AnswerLost);
    expect((error as Error).message).toMatch(
      /did not answer POST \/x \(socket hang up\): it may have carried it out or not\. Run this again/,
    );
    expect(seen).toEqual(["POST"]);
  });

  it("is not waited for where nothing listens", async () => {
    const { url } = await service([200]);
    await new Promise((resolve) => server?.close(resolve));
    const error = await request(url, { method: "POST" }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Unreachable);
    expect(error).toMatchObject({ wasConnected: false });
  });
});
