import type { StackConfig } from "../../config/config.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Engine } from "./engine.ts";

/** What the checks of this machine look at. */
export interface Machine {
  readonly config: StackConfig;
  readonly world: Surroundings;
  readonly engine: Promise<Engine>;
}
