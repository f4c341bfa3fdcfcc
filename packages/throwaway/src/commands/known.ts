import { readRecord, readRegister, type StackRecord, stackOf } from "../register.ts";

/** The record of a stack that a person names, with or without the prefix. @throws when there is none */
export function known(name: string): StackRecord {
  const record = readRecord(stackOf(name));
  if (record) return record;
  const there = readRegister().map(({ stack }) => stack);
  throw new Error(
    `There is no throwaway stack ${JSON.stringify(name)}. There ${
      there.length === 0 ? "is none; make one: npm run throwaway -- up" : `are: ${there.join(", ")}`
    }`,
  );
}
