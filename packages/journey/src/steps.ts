import { stripVTControlCharacters } from "node:util";
import type { ListrTask } from "listr2";

/** What a step does. What it resolves to is shown behind the title. */
export type StepWork<Context> = (
  context: Context,
  onLine: (line: string) => void,
) => Promise<string | undefined>;

/** A step whose newest lines of progress are shown while it runs and whose result stays. */
export function step<Context>(
  title: string,
  work: StepWork<Context>,
  rendererOptions: { outputBar: number; persistentOutput?: boolean } = { outputBar: 3 },
): ListrTask<Context> {
  return {
    title,
    rendererOptions,
    async task(context, task) {
      const result = await work(context, (line) => {
        const text = stripVTControlCharacters(line);
        if (!/^(@ [a-z]+)?\.*$/.test(text)) task.output = text; // Pulumi's signs of life without a terminal
      });
      if (result) task.title = `${title}: ${result}`;
    },
  };
}
