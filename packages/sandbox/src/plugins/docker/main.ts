/** The stand-in for pulumi-resource-docker: images built and pushed by the docker engine of this machine. */
import type { Contract } from "../shared/contract.ts";
import { serve } from "../shared/server.ts";
import contract from "./contract.json" with { type: "json" };
import { Engine } from "./engine.ts";
import { image } from "./image.ts";

const engine = new Engine();

await serve({
  contract: contract as unknown as Contract,
  resources: { "docker:index/image:Image": image(engine) },
  configure: (config) => engine.configure(config),
});
