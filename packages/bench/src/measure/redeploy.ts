import type { Contender } from "../contenders.ts";
import { bytesAdded, type Registry } from "../registry.ts";
import type { Run } from "../run.ts";

/** What it costs to add one model version to an image that the registry has. */
export interface Redeploy {
  /** Build and push. */
  seconds: number;
  /** Blobs that the registry had not had. */
  bytes: number;
}

/**
 * Builds an image with one more model version and pushes it. The registry must have the image with one version
 * less, as Heroku's has after the deployment before.
 */
export async function redeploy(
  run: Run,
  contender: Contender,
  registry: Registry,
  options: { models: number; noCache: boolean },
): Promise<Redeploy> {
  const before = registry.blobs();
  const started = performance.now();
  const image = await contender.build(options.models, { noCache: options.noCache });
  await registry.push(image, `${contender.side}-pushed-${options.models}`);
  const seconds = (performance.now() - started) / 1000;
  const bytes = bytesAdded(before, registry.blobs());
  await run.docker(["rmi", image]);
  return { seconds, bytes };
}
