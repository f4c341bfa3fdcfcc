import { writeFile } from "node:fs/promises";
import { isDecorated } from "./terminal.ts";

/**
 * Writes a report to standard output, which has nothing else, and to a file where one is named. `render` is told
 * whether colour may be used; a file never has any.
 */
export async function writeReport(render: (colour: boolean) => string, file?: string): Promise<void> {
  if (file !== undefined) await writeFile(file, render(false));
  process.stdout.write(render(isDecorated(process.stdout)));
}
