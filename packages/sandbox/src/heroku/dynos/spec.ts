import type { DynoSize } from "../catalogue.ts";

/** What a dyno runs: https://devcenter.heroku.com/articles/dynos */
export interface DynoSpec {
  appId: string;
  type: string;
  index: number;
  release: { id: string; version: number };
  imageId: string;
  size: DynoSize;
  env: Record<string, string>;
}
