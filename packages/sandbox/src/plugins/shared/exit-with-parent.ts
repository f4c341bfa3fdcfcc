/**
 * Ends this process, which Pulumi's engine started, with the engine. The engine ends its plugins with SIGINT and kills
 * them five seconds later; Ctrl-C does not reach them, they are process groups of their own. Should the engine itself be
 * killed, its plugins must not stay.
 */
export function exitWithParent(): void {
  const parent = process.ppid;
  process.on("SIGINT", () => process.exit(0));
  setInterval(() => {
    if (process.ppid !== parent) {
      process.exit(1);
    }
  }, 2000).unref();
}
