import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Faults } from "./faults.ts";
import type { FaultyService, RequestFault } from "./rules.ts";

/** An answer that a service gives of itself. */
export interface FaultAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body: unknown;
}

/** What a service answers when it does not do what it was asked for. */
export interface FaultAnswers {
  /** @param retryAfter seconds until it may be asked again */
  tooMany(retryAfter: number): FaultAnswer;
  readonly failed: FaultAnswer;
  readonly badGateway: FaultAnswer;
  readonly unavailable: FaultAnswer;
  readonly expiredToken: FaultAnswer;
  /** A failure with these words. */
  saying(text: string): FaultAnswer;
}

/** Where a request goes. */
export interface Place {
  readonly service: FaultyService;
  /** The path that faults know it by. */
  readonly path: string;
  readonly answers: FaultAnswers;
}

/**
 * Lets a request meet its fault, if there is one for it. Gives `true` where the request is answered, or its connection
 * gone, and nothing is to be done about it; `false` where it is to be carried out as ever: what becomes of the answer is
 * then seen to.
 */
export async function meetFault(
  faults: Faults,
  place: Place,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { service, path, answers } = place;
  const { "content-length": length = "0", "transfer-encoding": encoding } = request.headers;
  const hasBody = length !== "0" || encoding !== undefined;
  const fault = faults.ofRequest({ service, method: request.method ?? "GET", path, hasBody });
  if (fault === undefined) return false;
  if (fault.fault === "reset-before") {
    reset(response);
    return true;
  }
  const answer = answerOf(fault, answers) ?? (await echoOf(fault, answers, request));
  if (answer !== undefined) {
    send(response, answer);
    return true;
  }
  spoil(fault, request, response);
  return false;
}

/** A server's handler, before which its requests meet their faults. */
export function withFaults(
  faults: Faults,
  placeOf: (path: string) => Place,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): typeof handle {
  return (request, response) => {
    if (!faults.active) return handle(request, response);
    meetFault(faults, placeOf(request.url?.split("?")[0] ?? "/"), request, response).then(
      (met) => met || handle(request, response),
      // The client went away while it was listened to.
      () => response.destroy(),
    );
  };
}

function answerOf(fault: RequestFault, answers: FaultAnswers): FaultAnswer | undefined {
  switch (fault.fault) {
    case "429":
      return answers.tooMany(fault.retryAfter);
    case "500":
      return answers.failed;
    case "502":
      return answers.badGateway;
    case "503":
      return answers.unavailable;
    case "expired-token":
      return answers.expiredToken;
    default:
      return undefined;
  }
}

async function echoOf(
  { fault }: RequestFault,
  answers: FaultAnswers,
  request: IncomingMessage,
): Promise<FaultAnswer | undefined> {
  if (fault !== "echo") return undefined;
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts).toString("utf8");
  return answers.saying(`failed on ${JSON.stringify(request.headers)} ${body}`);
}

function send(response: ServerResponse, { status, headers = {}, body }: FaultAnswer): void {
  const isText = typeof body === "string";
  const type = isText ? "text/plain; charset=utf-8" : "application/json";
  response.writeHead(status, { "content-type": type, ...headers });
  response.end(isText ? body : JSON.stringify(body));
}

/** Sees to it that the connection, or the answer, goes wrong later. */
function spoil(fault: RequestFault, request: IncomingMessage, response: ServerResponse): void {
  if (fault.fault === "reset-after") mute(response, () => reset(response));
  else if (fault.fault === "truncated") truncate(response);
  else if (fault.fault === "slow" && fault.seconds > 0) hold(response, fault.seconds);
  else if (fault.fault === "clock-skew") skewDate(response, fault.seconds);
  else if (fault.fault === "registry-upload") resetMidway(request, response);
}

/** Ends the connection as a machine on the way does that has forgotten it: no answer, not even an orderly end. */
function reset({ socket }: ServerResponse): void {
  socket?.resetAndDestroy();
}

/** Nothing more of the answer is sent. */
function mute(response: ServerResponse, atEnd: () => void): void {
  response.write = () => true;
  response.end = () => {
    atEnd();
    return response;
  };
}

/** Half of the answer's first piece is sent, and nothing after it. An answer without a body is not sent at all. */
function truncate(response: ServerResponse): void {
  const write = response.write.bind(response) as (part: Buffer, done: () => void) => boolean;
  const cut = (piece: unknown) => {
    const bytes = typeof piece === "string" || piece instanceof Uint8Array ? Buffer.from(piece) : Buffer.of();
    mute(response, () => undefined);
    if (bytes.length < 2) reset(response);
    else write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroy());
    return response;
  };
  response.write = (piece: unknown) => cut(piece) !== undefined;
  response.end = (piece?: unknown) => cut(piece);
}

/** The answer waits, from its first piece on, for that many seconds. */
function hold(response: ServerResponse, seconds: number): void {
  const { write, end } = response;
  const pieces: (() => void)[] = [];
  const closed = new AbortController();
  response.once("close", () => closed.abort());
  const release = () => {
    Object.assign(response, { write, end });
    for (const piece of pieces) piece();
    response.emit("drain");
  };
  const later = (piece: () => void) => {
    pieces.push(piece);
    // A client that went away meanwhile ends the wait.
    if (pieces.length === 1) {
      sleep(seconds * 1000, undefined, { signal: closed.signal }).then(release, () => undefined);
    }
  };
  response.write = (...given: unknown[]) => {
    later(() => Reflect.apply(write, response, given));
    return false;
  };
  response.end = (...given: unknown[]) => {
    later(() => Reflect.apply(end, response, given));
    return response;
  };
}

function skewDate(response: ServerResponse, seconds: number): void {
  const writeHead = response.writeHead.bind(response) as (
    status: number,
    ...rest: unknown[]
  ) => ServerResponse;
  response.writeHead = (status: number, ...rest: unknown[]) => {
    const date = new Date(Date.now() + seconds * 1000).toUTCString();
    const last = rest.at(-1);
    const headers = typeof last === "object" && last !== null ? { ...last } : {};
    // Another service's own may be passed on.
    if ("date" in headers) delete headers.date;
    const words = typeof rest[0] === "string" ? [rest[0]] : [];
    return writeHead(status, ...words, { ...headers, date });
  };
}

/** Once a part of the request's body has come. */
function resetMidway(request: IncomingMessage, response: ServerResponse): void {
  const push = request.push.bind(request);
  const resetSoon = () => setImmediate(() => reset(response));
  if (request.readableLength > 0) resetSoon();
  // Not by its event: whoever carries the request out reads it as it likes.
  request.push = (part: unknown, ...rest) => {
    if (part !== null) resetSoon();
    return push(part, ...rest);
  };
}
