/** The journey on the sandbox with the official provider plugins, where they can be downloaded. */
import type { ExitCode } from "@tag-to-endpoint/command-line";

export async function verifyOfficial(): Promise<ExitCode> {
  throw new Error("not yet");
}
