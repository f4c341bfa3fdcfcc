/** Whether the update that a command belongs to still goes on. */
import { run } from "../../lib/process/run.ts";

/**
 * Looks after the plugin that started the shell of this command. It ends with Pulumi's engine; the command goes on, and a
 * later update may be under way by then.
 * @returns tells whether the plugin is still there; "no" where this machine does not tell
 */
export function watchEngine(): () => Promise<boolean> {
  const first = plugin();
  return async () => {
    const [then, now] = await Promise.all([first, plugin()]);
    return then !== undefined && then === now;
  };
}

/** The process that started this one's parent. */
async function plugin(): Promise<string | undefined> {
  try {
    return (await run("ps", ["-o", "ppid=", "-p", String(process.ppid)])).trim();
  } catch {
    return undefined;
  }
}
