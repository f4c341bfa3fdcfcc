/** The stand-in for pulumi-resource-heroku (pulumiverse). */
import type { Contract } from "../shared/contract.ts";
import { serve } from "../shared/server.ts";
import { Heroku } from "./api.ts";
import { app } from "./app.ts";
import { configAssociation } from "./config-association.ts";
import contract from "./contract.json" with { type: "json" };
import { bridged } from "./errors.ts";
import { formation } from "./formation.ts";

const api = new Heroku();

await serve({
  contract: contract as unknown as Contract,
  resources: {
    "heroku:app/app:App": bridged(app(api)),
    "heroku:app/configAssociation:ConfigAssociation": bridged(configAssociation(api)),
    "heroku:formation/formation:Formation": bridged(formation(api)),
  },
  configure: (config) => api.configure(config),
});
