import type { DynoSize } from "../catalogue.ts";
import type { PushedImage } from "../state.ts";

/** What a dyno runs: https://devcenter.heroku.com/articles/dynos */
export interface DynoSpec {
  appId: string;
  type: string;
  index: number;
  release: { id: string; version: number };
  image: PushedImage;
  size: DynoSize;
  env: Record<string, string>;
}

/** Marks the containers that are dynos, beside the sandbox's own label. */
export const DYNO_LABEL = "tag-to-endpoint.dyno";
