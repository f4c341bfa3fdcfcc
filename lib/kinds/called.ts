/** A resource in words, the same in every report. */
export interface Called {
  /** `tags` */
  readonly noun: string;
  /** `v*` */
  readonly name: string;
  /** Path of the project or name of the app that it belongs to, `root/mlserver`; empty where it is none's. */
  readonly owner: string;
}

/** `tags v* of root/mlserver` */
export function called({ noun, name, owner }: Called): string {
  return `${noun} ${name}${owner === "" ? "" : ` of ${owner}`}`;
}
