import { type ExitCode, exitCode, messageOf, watchInterruption } from "@tag-to-endpoint/command-line";
import { pulumi } from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { measure, type Sample } from "./measure.ts";
import { operations } from "./operations.ts";
import { type Soaked, tableOf } from "./report.ts";

const tell = (text: string) => process.stderr.write(`${text}\n`);

/** Works on a stack of its own for so many minutes, and writes what it came to. */
export async function soakFor(minutes: number): Promise<ExitCode> {
  const stack = await throwawayStack({ ttlMinutes: minutes * 2 + 60 });
  const interruption = watchInterruption(() => tell("Interrupted. This round is the last one."));
  const soaked: Soaked = { rounds: [], done: new Map(), failures: [] };
  try {
    tell(`pulumi up of ${stack.name} ...`);
    await pulumi(stack.environment, "pulumi-up", ["up", "--yes", "--skip-preview"]);
    const end = Date.now() + minutes * 60_000;
    do {
      await round(stack, soaked, interruption.isInterrupted);
    } while (Date.now() < end && soaked.failures.length === 0 && !interruption.isInterrupted());
  } finally {
    await stack.remove();
  }
  const { text, isFlat } = tableOf(soaked);
  process.stdout.write(`${text}\nLogs: ${stack.environment.log.folder}\n`);
  return isFlat && soaked.failures.length === 0 && !interruption.isInterrupted()
    ? exitCode.done
    : exitCode.failed;
}

/** One operation after the other. One that fails ends the round, and the soak. */
async function round(
  { environment, sandbox }: ThrowawayStack,
  { rounds, done, failures }: Soaked,
  isInterrupted: () => boolean,
): Promise<void> {
  const samples: Sample[] = [];
  for (const [name, work] of operations) {
    if (isInterrupted()) return;
    const started = Date.now();
    try {
      await work(environment);
      samples.push(await measure(sandbox.stateDir));
    } catch (error) {
      failures.push(`round ${rounds.length + 1}, ${name}: ${messageOf(error)}`);
      return;
    }
    done.set(name, (done.get(name) ?? 0) + 1);
    tell(`round ${rounds.length + 1}: ${name}, ${((Date.now() - started) / 1000).toFixed(0)} s`);
  }
  rounds.push(samples);
}
