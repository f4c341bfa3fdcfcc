/** `npm run verify`: the whole journey where the tests cannot go. */
import { command, endsWith, Option, requireSubcommand, run } from "@tag-to-endpoint/command-line";
import { appPrefixIn, settingIn } from "@tag-to-endpoint/throwaway/options";

const verify = command({
  name: "verify",
  summary: "Walks the whole journey with the official provider plugins, or on real accounts.",
  ends: { 2: "real: everything worked, and answers differ from the sandbox's" },
});

verify
  .command("official")
  .description("on the sandbox, with the official provider plugins; stand-ins are refused")
  .action(
    endsWith(async () => {
      const { verifyOfficial } = await import("./official.ts");
      return verifyOfficial();
    }),
  );

verify
  .command("real")
  .description("on your accounts, with throwaway names; everything is removed at the end")
  .addOption(
    new Option("--namespace <path>", "GitLab user or group to make the projects in").makeOptionMandatory(),
  )
  .addOption(
    new Option("--app-prefix <prefix>", "what the Heroku app's name begins with")
      .makeOptionMandatory()
      .argParser(appPrefixIn),
  )
  .addOption(
    new Option("--set <setting=value...>", "another setting of the stack, like mlops:writeAccess=deployKey")
      .argParser(settingIn)
      .default([] as readonly string[]),
  )
  .addOption(new Option("--yes", "do not ask before anything is made"))
  .action(
    endsWith(async ({ namespace, appPrefix, set, yes = false }) => {
      const { start } = await import("./start.ts");
      return start({ namespace, appPrefix, set, yes });
    }),
  );

verify
  .command("remove")
  .description("remove what an interrupted run left on your accounts")
  .argument("<run>", "the run, as `verify real` names it")
  .action(
    endsWith(async (id) => {
      const { removeRun } = await import("./real.ts");
      return removeRun(id);
    }),
  );

requireSubcommand(verify);
await run(verify);
