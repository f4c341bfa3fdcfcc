/** What an update with new generations would do, before the settings name them: a refusal then leaves nothing half done. */
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "../../lib/repository.ts";
import { shortName } from "../cli/pulumi-words.ts";
import type { Stack } from "../cli/stack.ts";
import type { Review } from "../review/judge.ts";
import { reviewPreview } from "../review/preview.ts";
import { findingLines, refusalLines } from "../review/report.ts";

/**
 * Reviews an update with settings that are not written yet.
 * @param words the settings, as `pulumi config set-all` takes them
 * @throws where the policy or the review would refuse it, and where it would fail
 */
export async function tryGenerations(stack: Stack, words: readonly string[]): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "rotation-"));
  try {
    const file = path.join(folder, "settings.yaml");
    await copyFile(path.join(root, `Pulumi.${shortName(stack.name)}.yaml`), file);
    await stack.read("config", "set-all", "--config-file", file, ...words);
    const { judged } = await reviewPreview(["--config-file", file, "--stack", stack.name]);
    const said = refusalOf(judged);
    if (said !== undefined) throw new Error(said);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Why a rotation does not begin with what a review of its first update shows. */
export function refusalOf(judged: Review): string | undefined {
  if (judged.refusals.length > 0)
    return [
      "The policy refuses the new generation; no setting was written.",
      ...refusalLines(judged).filter((line) => line !== ""),
    ].join("\n");
  if (!judged.weaker) return undefined;
  return [
    "The new generation would allow more, or live longer, than the one that is there; no setting was written.",
    ...findingLines(judged, false, ["weaker", "unclear"]),
    "Set the life or the scopes back, or decide on them first: change mlops:accessTokenGenerations or " +
      "mlops:herokuTokenGenerations to name the next generation, too (docs/settings.md), approve it (npm run review), " +
      "apply it (npx pulumi up), and go on: npm run rotate",
  ].join("\n");
}
