import type { Contender } from "../contenders.ts";
import { bytesAdded, type Registry, total } from "../registry.ts";
import type { Run } from "../run.ts";

/** Bytes of an image. */
export interface Size {
  /** As pushed: its configuration and its layers, compressed. */
  compressed: number;
  unpacked: number;
  /** The same without the layers of the base. */
  compressedAboveBase: number;
  unpackedAboveBase: number;
  /** Compressed size of what an engine with an empty cache pulls before it can build. */
  pulledFirst: number;
  /** Compressed, able to serve scikit-learn and LightGBM, without a model. */
  compressedWithLightGbm: number;
}

/** Pushes an image and its base to the registry and measures them. */
export async function sizeOf(
  run: Run,
  contender: Contender,
  image: string,
  registry: Registry,
): Promise<Size> {
  const base = await registry.push(contender.base, `${contender.side}-base`);
  const first = await registry.push(contender.pulledFirst, `${contender.side}-first`);
  const whole = await registry.push(image, `${contender.side}-pushed-1`);
  const both = await registry.push(await contender.buildWithLightGbm(), `${contender.side}-both`);
  const unpacked = async (name: string) =>
    Number(await run.docker(["inspect", "--format", "{{.Size}}", name]));
  return {
    compressed: total(whole.values()),
    unpacked: await unpacked(image),
    compressedAboveBase: bytesAdded(base, whole),
    unpackedAboveBase: (await unpacked(image)) - (await unpacked(contender.base)),
    pulledFirst: total(first.values()),
    compressedWithLightGbm: total(both.values()),
  };
}
