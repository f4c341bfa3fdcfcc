/** How much the bench of the settings measures. */
export interface Effort {
  rounds: number;
  /** Seconds of one slice of load. */
  slice: number;
}

/** How much the bench of the image measures. */
export interface ImageEffort extends Effort {
  /** Boots per round and image. */
  boots: number;
  /** Pairs of slices per round and image that nginx's overhead is taken from. */
  pairs: number;
}
