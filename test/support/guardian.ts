/**
 * Removes a throwaway stack when its standard input ends: because the test asks for it, or because the test's
 * process is gone, however that ended. `guardian.ts <folder> <stack>`; `throwaway.ts` starts it.
 */
import { rm } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { resetDaemon } from "@tag-to-endpoint/sandbox";
import { root } from "../../lib/repository.ts";

const [folder = "", stack = ""] = process.argv.slice(2);

await text(process.stdin);
await resetDaemon(path.join(folder, "sandbox"));
await rm(path.join(root, `Pulumi.${stack}.yaml`), { force: true });
for (const kept of ["approvals", "updates"])
  await rm(path.join(root, ".pulumi", kept, `${stack}.json`), { force: true });
await rm(folder, { recursive: true, force: true });
