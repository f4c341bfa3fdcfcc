/** Many clients, slow clients and large requests, on a dyno's memory. */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  buildServer,
  type Container,
  cleanUp,
  docker,
  inferPath,
  iris,
  post,
  ready,
  start,
} from "./support.ts";

let image: string;
let server: Container;
let sockets: Socket[] = [];

beforeAll(async () => {
  image = await buildServer();
  server = await start(image, ["--user", "54321:0"]);
  await ready(server);
}, 600_000);

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
});

afterAll(async () => cleanUp(image), 60_000);

async function open(): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return socket;
}

const body = JSON.stringify(iris);
const head = `POST ${inferPath} HTTP/1.1\r\nHost: app\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`;

/** The whole answer to what was sent on a connection that the server closes. */
function answer(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    socket.once("end", () => resolve(text)).once("error", reject);
  });
}

const right = expect.stringMatching(/^HTTP\/1\.1 200 OK[\s\S]*"data":\[0\]/);

describe("1,000 connections at once", () => {
  it("are all answered, and the server with them", async () => {
    const connections = await Promise.all(Array.from({ length: 1000 }, open));
    const answers = connections.map(answer);
    for (const socket of connections) socket.write(`${head}Connection: close\r\n\r\n${body}`);
    for (const text of await Promise.all(answers)) expect(text).toEqual(right);
    expect((await post(server, inferPath, iris)).status).toBe(200);
  });
});

describe("slow clients", () => {
  it("do not keep others waiting, and are answered when they are done", async () => {
    const slow = await Promise.all(Array.from({ length: 300 }, open));
    const answers = slow.map(answer);
    const request = `${head}Connection: close\r\n\r\n${body}`;
    // Each sends its request in five parts, a second apart.
    const part = Math.ceil(request.length / 5);
    for (let sent = 0; sent < request.length; sent += part) {
      for (const socket of slow) socket.write(request.slice(sent, sent + part));
      for (let others = 0; others < 5; others++) {
        expect((await post(server, inferPath, iris)).status).toBe(200);
        await sleep(200);
      }
    }
    for (const text of await Promise.all(answers)) expect(text).toEqual(right);
  });

  it("that never finish their headers or their body are cut off", async () => {
    const [headers, bodies] = [await open(), await open()];
    headers.write(head);
    bodies.write(`${head}\r\n{`);
    expect(await Promise.all([answer(headers), answer(bodies)])).toEqual(["", ""]);
  });

  it("that leave before their answer leave nothing behind", async () => {
    for (let round = 0; round < 20; round++) {
      const socket = await open();
      socket.end(`${head}\r\n${body}`);
      socket.destroy();
    }
    expect((await post(server, inferPath, iris)).status).toBe(200);
  });
});

describe("a request as large as it may be", () => {
  it("is answered within a dyno's memory, also when four come at once", async () => {
    const rows = 900_000;
    const data = new Array<number[]>(rows).fill([5, 3.4, 1.5, 0.2]);
    const large = JSON.stringify({
      inputs: [{ name: "predict", shape: [rows, 4], datatype: "FP32", data }],
    });
    expect(large.length).toBeGreaterThan(12e6);
    expect(large.length).toBeLessThan(16 * 1024 * 1024);
    const responses = await Promise.all(Array.from({ length: 4 }, () => post(server, inferPath, large)));
    for (const response of responses) {
      expect(response.status).toBe(200);
      const { outputs } = (await response.json()) as { outputs: Array<{ shape: number[]; data: number[] }> };
      expect(outputs[0]?.shape).toEqual([rows, 1]);
      expect(new Set(outputs[0]?.data)).toEqual(new Set([0]));
    }
    expect(await docker("inspect", "--format", "{{.State.OOMKilled}}", server.id)).toBe("false");
  });
});
