/** Which faults are tried at which calls: the whole matrix, or an even part of it. Nothing in it is left to chance. */
import { type Call, isChange, wordsOfCall } from "./calls.ts";
import { type KindName, kindOf, type Turn } from "./kinds.ts";

/** The commands in the life of a stack. */
export const operationNames = ["up", "update", "rotate", "destroy"] as const;
export type OperationName = (typeof operationNames)[number];

export interface FaultCase extends Turn {
  readonly operation: OperationName;
  readonly kind: KindName;
}

export const wordsOfCase = ({ operation, kind, call, nth }: FaultCase) =>
  `${operation}, ${kind} at ${wordsOfCall(call)}${call.count > 1 ? ` no. ${nth} of ${call.count}` : ""}`;

/**
 * Every kind of fault at every kind of call of an operation, in rounds of which each has a call once, with the faults in turn.
 * The kinds take turns in which of several calls of one kind they meet, from the first to the last.
 */
export function casesOf(
  operation: OperationName,
  calls: readonly Call[],
  wanted: readonly KindName[],
): FaultCase[][] {
  return wanted.map((_, round) =>
    calls.flatMap((call, place) => {
      const index = (place + round) % wanted.length;
      const kind = wanted[index];
      if (kind === undefined || !kindOf(kind).fits(call)) return [];
      return [{ operation, kind, call, nth: turnOf(call.count, index, wanted.length) }];
    }),
  );
}

/** The last of several kinds meets the last of several calls, the first one the first. */
function turnOf(count: number, index: number, kinds: number): number {
  return kinds === 1 ? 1 : 1 + Math.round(((count - 1) * index) / (kinds - 1));
}

/** So many of all: whole rounds, as far as they go, and an even part of the next. All where no number is given. */
export function sample<Item>(
  rounds: readonly (readonly Item[])[],
  wanted = Number.POSITIVE_INFINITY,
): Item[] {
  let left = wanted;
  return rounds.flatMap((round) => {
    const count = Math.min(left, round.length);
    left -= count;
    return Array.from(
      { length: count },
      (_, index) => round[Math.floor((index * round.length) / count)] as Item,
    );
  });
}

/** The rounds of several operations as one: the first of each are the first, and so on. */
export function together<Item>(operations: readonly (readonly (readonly Item[])[])[]): Item[][] {
  const longest = Math.max(0, ...operations.map(({ length }) => length));
  return Array.from({ length: longest }, (_, round) => operations.flatMap((rounds) => rounds[round] ?? []));
}

/** One of each operation after the other, so that a run that is ended early has told of all. */
export function inTurn<Item extends { readonly operation: string }>(all: readonly Item[]): Item[] {
  const groups = [...Map.groupBy(all, ({ operation }) => operation).values()];
  const longest = Math.max(0, ...groups.map(({ length }) => length));
  return Array.from({ length: longest }, (_, place) => groups.flatMap((group) => group[place] ?? [])).flat();
}

/** Whether all words of one of the alternatives of `--only`, between `|`, are in those of a case. */
export function isWanted(words: string, only: string | undefined): boolean {
  return (
    only === undefined ||
    only.split("|").some((one) =>
      one
        .trim()
        .split(" ")
        .every((part) => words.includes(part)),
    )
  );
}

/** What is killed. */
export const victims = [
  "launcher",
  "engine",
  "language host",
  "program",
  "policy pack",
  "plugin gitlab",
  "plugin heroku",
  "plugin command",
  "plugin docker",
  "sandbox",
] as const;
export type Victim = (typeof victims)[number];

export interface CrashCase extends Turn {
  readonly operation: OperationName;
  readonly victim: Victim;
  /** Whether the answer has come by then. */
  readonly isAnswered: boolean;
}

export const wordsOfCrash = ({ operation, victim, call, nth, isAnswered }: CrashCase) =>
  `${operation}, ${victim} killed ${isAnswered ? "after" : "before"} the answer of ${wordsOfCall(call)}${call.count > 1 ? ` no. ${nth} of ${call.count}` : ""}`;

/** Each victim at each changing request of an operation, in rounds as those of `casesOf`. */
export function crashesOf(operation: OperationName, calls: readonly Call[]): CrashCase[][] {
  const steps = calls
    .filter(isChange)
    .flatMap((call) => Array.from({ length: call.count }, (_, index) => ({ call, nth: index + 1 })));
  return victims.map((_, round) =>
    steps.map(({ call, nth }, place) => ({
      operation,
      victim: victims[(place + round) % victims.length] ?? "engine",
      call,
      nth,
      isAnswered: (place + Math.floor(place / victims.length)) % 2 === 1,
    })),
  );
}
