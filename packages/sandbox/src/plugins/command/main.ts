/** The stand-in for pulumi-resource-command. */
import type { Contract } from "../shared/contract.ts";
import { serve } from "../shared/server.ts";
import { command } from "./command.ts";
import contract from "./contract.json" with { type: "json" };

await serve({
  contract: contract as unknown as Contract,
  resources: { "command:local:Command": command },
  configure() {},
});
