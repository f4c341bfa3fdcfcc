import { accessSync, constants, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import path from "node:path";

/** A folder with links to every program of PATH but some: these are not installed for who has it as PATH. */
export function pathWithout(folder: string, ...missing: string[]): string {
  mkdirSync(folder);
  const seen = new Set(missing);
  for (const place of (process.env.PATH ?? "").split(path.delimiter)) {
    for (const name of programsIn(place)) {
      if (seen.has(name)) continue;
      seen.add(name);
      symlinkSync(path.join(place, name), path.join(folder, name));
    }
  }
  return folder;
}

function programsIn(place: string): string[] {
  try {
    return readdirSync(place).filter((name) => isProgram(path.join(place, name)));
  } catch {
    // PATH may name folders that do not exist.
    return [];
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
