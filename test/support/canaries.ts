import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "vitest";

/** Credentials that a test knows and looks for. */
export interface Canaries {
  /** Adds one, in every form in which it travels. */
  add(name: string, value: string): void;
  value(name: string): string;
  /** Fails with the names of the credentials in a text, never with their values. */
  expectNone(where: string, text: string): void;
  /** Files of a folder that hold a credential, relative to it. */
  filesWith(folder: string): Promise<string[]>;
}

export function openCanaries(): Canaries {
  const forms = new Map<string, string>();
  const found = (text: string) =>
    [...forms].filter(([, value]) => text.includes(value)).map(([name]) => name);
  return {
    add(name, value) {
      // A shorter one might be found by chance.
      expect(value.length, name).toBeGreaterThan(15);
      forms.set(name, value);
      forms.set(`${name} in base64`, Buffer.from(value).toString("base64"));
      forms.set(`${name} as a log-in`, Buffer.from(`oauth2:${value}`).toString("base64"));
    },
    value: (name) => forms.get(name) ?? "",
    expectNone(where, text) {
      expect(found(text), `credentials in ${where}`).toEqual([]);
    },
    async filesWith(folder) {
      const entries = await readdir(folder, { withFileTypes: true, recursive: true });
      const names: string[] = [];
      for (const entry of entries.filter((one) => one.isFile())) {
        const name = path.join(entry.parentPath, entry.name);
        if (found(await readFile(name, "latin1")).length > 0) names.push(path.relative(folder, name));
      }
      return names.sort();
    },
  };
}
