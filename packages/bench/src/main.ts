/** `npm run bench`: the serving image and the chapter's side by side, the way of a tag, many tags, or variants of the serving settings. */
import {
  command,
  endsWith,
  exitCode,
  InvalidArgumentError,
  Option,
  requireSubcommand,
  run,
} from "@tag-to-endpoint/command-line";

const bench = command({ name: "bench", summary: "Measures the serving image and the way to it." });

bench
  .command("image")
  .description("size, boot, memory, speed and redeployment of the serving image beside the chapter's")
  .addOption(roundsOption())
  .addOption(quickOption())
  .action(
    endsWith(async ({ quick, rounds = quick ? 1 : 3 }) => {
      const [{ benchImage }, { withRun }] = await Promise.all([import("./image.ts"), import("./run.ts")]);
      const effort = { rounds, slice: quick ? 2 : 4, boots: quick ? 1 : 2, pairs: quick ? 4 : 6 };
      await withRun((run) => benchImage(run, effort));
      return exitCode.done;
    }),
  );

bench
  .command("settings")
  .description("the serving image with one setting changed at a time, beside its default")
  .addOption(roundsOption())
  .addOption(quickOption())
  .action(
    endsWith(async ({ quick, rounds = quick ? 1 : 3 }) => {
      const [{ benchSettings }, { withRun }] = await Promise.all([
        import("./settings.ts"),
        import("./run.ts"),
      ]);
      await withRun((run) => benchSettings(run, { rounds, slice: quick ? 1 : 3 }));
      return exitCode.done;
    }),
  );

bench
  .command("delivery")
  .description("from the push of a tag to the first right prediction, beside the chapter's own pipelines")
  .addOption(roundsOption())
  .addOption(quickOption())
  .action(
    endsWith(async ({ quick, rounds = quick ? 1 : 3 }) => {
      const [{ benchDelivery }, { withRun }] = await Promise.all([
        import("./delivery/delivery.ts"),
        import("./run.ts"),
      ]);
      await withRun((run) => benchDelivery(run, rounds));
      return exitCode.done;
    }),
  );

bench
  .command("stack")
  .description("up, preview and destroy of a stack in the sandbox, and where their time goes")
  .addOption(roundsOption())
  .addOption(quickOption())
  .action(
    endsWith(async ({ quick, rounds = quick ? 1 : 3 }) => {
      const [{ benchStack }, { withRun }] = await Promise.all([
        import("./stack/stack.ts"),
        import("./run.ts"),
      ]);
      await withRun((run) => benchStack(run, rounds));
      return exitCode.done;
    }),
  );

bench
  .command("pressure")
  .description(
    "many models that tag at the same moment, again and again: whether each version comes and stays",
  )
  .addOption(new Option("--models <n>", "how many models").argParser(wholeNumber).default(10))
  .addOption(new Option("--rounds <n>", "how often all of them tag").argParser(wholeNumber).default(5))
  .action(
    endsWith(async (settings) => {
      const { benchPressure } = await import("./pressure/pressure.ts");
      return (await benchPressure(settings)) ? exitCode.done : exitCode.failed;
    }),
  );

requireSubcommand(bench);
await run(bench);

function roundsOption() {
  const text = "rounds, of which medians are taken (default: 3, with --quick 1)";
  return new Option("--rounds <n>", text).argParser(wholeNumber);
}

function quickOption() {
  return new Option("--quick", "fewer and shorter measurements");
}

function wholeNumber(given: string): number {
  if (/^[1-9]\d*$/.test(given)) return Number(given);
  throw new InvalidArgumentError("Allowed is a whole number from 1 on.");
}
