/** Each kind of fault, what calls it fits, and by what words a person recognises it. */
import type { FaultInput } from "@tag-to-endpoint/sandbox";
import { type Call, isChange } from "./calls.ts";

/** Which of the calls of its kind is to meet the fault. */
export interface Turn {
  readonly call: Call;
  /** From 1 on. */
  readonly nth: number;
}

interface Kind {
  readonly fits: (call: Call) => boolean;
  readonly faultOf: (turn: Turn) => FaultInput;
  /** What an error that it causes has to name: its status, or what became of the connection. */
  readonly cause: RegExp;
}

type Answered = Extract<FaultInput, { readonly path?: string | undefined }>["fault"];

const isRegistry = ({ service }: Call) => service.endsWith("-registry");
const isApi = ({ service }: Call) => service === "gitlab" || service === "heroku";

const cut =
  /reset|EOF|hang ?up|hung up|ECONN|connection|cut|closed|did not answer|terminated|unexpected end|aborted/i;

const onCall = (fault: Exclude<Answered, "slow" | "clock-skew" | "429">, cause: RegExp): Kind => ({
  fits: () => true,
  faultOf: ({ call: { service, method, path }, nth }) => ({ fault, service, method, path, nth }),
  cause,
});

/** Longer than the product's programs wait for an answer (10 s). */
const SLOW_SECONDS = 11;

/** In the order of the report. */
export const kinds = {
  "429": {
    fits: () => true,
    faultOf: ({ call: { service, method, path }, nth }) => ({
      fault: "429",
      service,
      method,
      path,
      nth,
      retryAfter: 1,
    }),
    cause: /429|too many requests|limit of requests|rate.?limit/i,
  },
  "500": onCall("500", /500|internal server error|unknown error/i),
  "502": onCall("502", /502|bad gateway/i),
  "503": onCall("503", /503|unavailable/i),
  // Not one answer but all to calls of this kind from there on, until the command has ended.
  outage: {
    fits: () => true,
    faultOf: ({ call: { service, method, path }, nth }) => ({
      fault: "503",
      service,
      method,
      path,
      nth,
      times: "always",
    }),
    cause: /503|unavailable/i,
  },
  "reset-before": onCall("reset-before", cut),
  "reset-after": onCall("reset-after", cut),
  truncated: onCall("truncated", new RegExp(`${cut.source}|JSON|half|incomplete`, "i")),
  slow: {
    fits: () => true,
    faultOf: ({ call: { service, method, path }, nth }) => ({
      fault: "slow",
      seconds: SLOW_SECONDS,
      service,
      method,
      path,
      nth,
    }),
    cause: /no answer within|time.?out|timed out|deadline/i,
  },
  "expired-token": onCall("expired-token", /401|expired|unauthorized|authentication|invalid credentials/i),
  echo: { ...onCall("echo", /500|internal server error|failed on/i), fits: isApi },
  "clock-skew": {
    fits: isApi,
    faultOf: ({ call: { service, method, path }, nth }) => ({
      fault: "clock-skew",
      seconds: -3600,
      service,
      method,
      path,
      nth,
    }),
    cause: /clock/i,
  },
  "registry-upload": {
    fits: (call) => isRegistry(call) && (call.method === "PATCH" || call.method === "PUT"),
    faultOf: ({ call: { service }, nth }) => ({
      fault: "registry-upload",
      service: service === "heroku-registry" ? service : "gitlab-registry",
      nth,
    }),
    cause: cut,
  },
  // From about the write on that the call makes, until the command has ended.
  "disk-full": {
    fits: (call) => isApi(call) && isChange(call),
    faultOf: ({ call: { service, place } }) => ({
      fault: "disk-full",
      service: service === "heroku" ? service : "gitlab",
      nth: place,
    }),
    cause: /500|internal server error|disk/i,
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type KindName = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as readonly KindName[];
export const kindOf = (name: KindName): Kind => kinds[name];
