/** `npm run throwaway`: stacks for a while, each with a sandbox or names of its own. */
import {
  command,
  endsWith,
  InvalidArgumentError,
  Option,
  requireSubcommand,
  run,
} from "@tag-to-endpoint/command-line";
import { minutesIn } from "./duration.ts";
import { appPrefixIn, settingIn } from "./options.ts";

const throwaway = command({
  name: "throwaway",
  summary: "Stacks for a while, each with a sandbox or names of its own; all of it goes away again.",
  ends: { 2: "list: runs that were killed left something; exec: what its command ends with" },
});

throwaway
  .command("up")
  .description("bring up a stack, by default with a sandbox of its own")
  .addOption(new Option("--name <name>", "what it is called (default: random)").argParser(nameIn))
  .addOption(
    new Option("--ttl <duration>", "when it is removed at the latest, like 90m, 2h or 1d")
      .argParser(ttlIn)
      .default(120, "2h"),
  )
  .addOption(
    new Option("--set <setting=value...>", "another setting of the stack, like mlops:writeAccess=deployKey")
      .argParser(settingIn)
      .default([] as readonly string[], "none"),
  )
  .addOption(
    new Option("--real", "on your accounts, whose credentials are in .env.verify or the environment"),
  )
  .addOption(new Option("--namespace <path>", "with --real: GitLab user or group to make the projects in"))
  .addOption(
    new Option("--app-prefix <prefix>", "with --real: what the Heroku app's name begins with").argParser(
      appPrefixIn,
    ),
  )
  .action(
    endsWith(async ({ name, ttl: ttlMinutes, set, real, namespace, appPrefix }, group) => {
      if (real && (namespace === undefined || appPrefix === undefined)) {
        group.error("error: option '--real' needs --namespace <path> and --app-prefix <prefix>");
      }
      const { up } = await import("./commands/up.ts");
      const accounts = real && namespace !== undefined && appPrefix !== undefined;
      return up({ name, ttlMinutes, set, real: accounts ? { namespace, appPrefix } : undefined });
    }),
  );

throwaway
  .command("list")
  .description("show the stacks that are there, and what runs that were killed left")
  .action(
    endsWith(async () => {
      const { list } = await import("./commands/list.ts");
      return list();
    }),
  );

throwaway
  .command("exec")
  .description("run a command with a stack's variables: exec demo -- npx pulumi preview")
  .argument("<name>", "the stack")
  .argument("<command...>", "the command, behind --")
  .action(async (name, words) => {
    const { exec } = await import("./commands/exec.ts");
    process.exitCode = await exec(name, words);
  });

throwaway
  .command("down")
  .description("remove a stack and every trace of it, whatever state it is in")
  .argument("[name]", "the stack")
  .option("--all", "all stacks of this checkout, and what runs that were killed left")
  .action(
    endsWith(async (name, { all = false }, group) => {
      if ((name === undefined) !== all)
        group.error("error: give the name of a stack or --all, one of the two");
      const { down, downAll } = await import("./commands/down.ts");
      return name === undefined ? downAll() : down(name);
    }),
  );

requireSubcommand(throwaway);
await run(throwaway);

/** It is a part of file names and of Pulumi's name for the stack. */
function nameIn(given: string): string {
  if (/^[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?$/.test(given)) return given;
  throw new InvalidArgumentError("Allowed are 1 to 30 lowercase letters, digits and dashes.");
}

function ttlIn(given: string): number {
  const minutes = minutesIn(given);
  if (minutes !== undefined) return minutes;
  throw new InvalidArgumentError("Allowed is a duration like 90m, 2h or 1d.");
}
