/** `npm run bench`: the serving image and the chapter's side by side, the way of a tag, many tags, faults, or variants of the serving settings. */
import {
  command,
  endsWith,
  exitCode,
  InvalidArgumentError,
  Option,
  requireSubcommand,
  run,
} from "@tag-to-endpoint/command-line";
import { type KindName, kindNames } from "./faults/kinds.ts";

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

bench
  .command("faults")
  .description(
    "every kind of fault at every kind of call of up, update, rotate and destroy: whether the next command mends it",
  )
  .addOption(
    new Option("--faults <list>", "kinds of faults, with commas (default: all)")
      .argParser(kindsIn)
      .default(kindNames, "all"),
  )
  .addOption(onlyOption())
  .addOption(sampleOption())
  .addOption(atOnceOption())
  .addOption(wholeOption())
  .action(
    endsWith(async ({ faults, ...settings }) => {
      const { benchFaults } = await import("./faults/faults.ts");
      return (await benchFaults(faults, settings)) ? exitCode.done : exitCode.failed;
    }),
  );

bench
  .command("crashes")
  .description(
    "every process killed at every changing request of up, update, rotate and destroy, in the same way",
  )
  .addOption(onlyOption())
  .addOption(sampleOption())
  .addOption(atOnceOption())
  .addOption(wholeOption())
  .action(
    endsWith(async (settings) => {
      const { benchCrashes } = await import("./faults/faults.ts");
      return (await benchCrashes(settings)) ? exitCode.done : exitCode.failed;
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

function onlyOption() {
  return new Option(
    "--only <words>",
    "cases with these words: an operation, a method, a path, as they are printed",
  );
}

function sampleOption() {
  return new Option("--sample <n>", "so many cases, evenly spread over all").argParser(wholeNumber);
}

function atOnceOption() {
  return new Option("--at-once <n>", "so many stacks at the same time").argParser(wholeNumber).default(1);
}

function wholeOption() {
  return new Option("--whole", "a stack with the default settings, which takes longer").default(false);
}

function kindsIn(given: string): readonly KindName[] {
  return given.split(",").map((name) => {
    const known = kindNames.find((kind) => kind === name.trim());
    if (known !== undefined) return known;
    throw new InvalidArgumentError(`There is no fault ${name}. Allowed are ${kindNames.join(", ")}.`);
  });
}

function wholeNumber(given: string): number {
  if (/^[1-9]\d*$/.test(given)) return Number(given);
  throw new InvalidArgumentError("Allowed is a whole number from 1 on.");
}
