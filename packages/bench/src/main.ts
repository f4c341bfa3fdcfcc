/**
 * `npm run bench -- image`: the serving image and the chapter's side by side.
 * `npm run bench -- settings`: variants of the serving settings against the default.
 */
import { parseArgs } from "node:util";
import { benchImage } from "./image.ts";
import { withRun } from "./run.ts";
import { benchSettings } from "./settings.ts";

const usage = `Usage: npm run bench -- image [--rounds N] [--quick]
       npm run bench -- settings [--rounds N] [--quick]

  image     size, boot, memory, speed and redeployment of the serving image beside the chapter's
  settings  the serving image with one setting changed at a time, beside its default
  --rounds  rounds, of which medians are taken (default 3; with --quick 1)
  --quick   fewer and shorter measurements
`;

interface Options {
  bench: "image" | "settings";
  rounds: number;
  quick: boolean;
}

/** The words of the command line; a text where they make no sense. */
function readOptions(): Options | string {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: "string" }, quick: { type: "boolean", default: false } },
  });
  const [bench] = positionals;
  if (positionals.length !== 1 || (bench !== "image" && bench !== "settings")) {
    return `which bench? Found "${positionals.join(" ")}"; it must be image or settings.`;
  }
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) {
    return `--rounds is "${values.rounds}"; it must be a whole number from 1 on.`;
  }
  return { bench, rounds, quick: values.quick };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (typeof options === "string") {
    process.stderr.write(`bench: ${options}\n\n${usage}`);
    process.exitCode = 64;
    return;
  }
  const { bench, rounds, quick } = options;
  await withRun((run) =>
    bench === "image"
      ? benchImage(run, { rounds, slice: quick ? 2 : 4, boots: quick ? 1 : 2, pairs: quick ? 4 : 6 })
      : benchSettings(run, { rounds, slice: quick ? 1 : 3 }),
  );
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode ||= 1;
}
