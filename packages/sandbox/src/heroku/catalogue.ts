import { createHash } from "node:crypto";
import type { Team } from "./state.ts";

/** Fixed identities: the same name has the same id in every sandbox. */
function fixedId(kind: string, name: string): string {
  const hex = createHash("sha256").update(`${kind}/${name}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The one that runs in the Common Runtime: https://devcenter.heroku.com/articles/generations */
export const GENERATION = { id: fixedId("generation", "cedar"), name: "cedar" };

const EPOCH = "2016-01-01T00:00:00Z";

/** The regions of the Common Runtime: https://devcenter.heroku.com/articles/regions */
export const REGIONS = [
  region("us", "United States", "United States", "Virginia", "us-east-1"),
  region("eu", "Europe", "Ireland", "Dublin", "eu-west-1"),
];

function region(name: string, description: string, country: string, locale: string, provider: string) {
  return {
    id: fixedId("region", name),
    name,
    description,
    country,
    locale,
    private_capable: false,
    provider: { name: "amazon-web-services", region: provider },
    created_at: EPOCH,
    updated_at: EPOCH,
  };
}

export const DEFAULT_STACK = "heroku-24";

/** https://devcenter.heroku.com/articles/stack; dynos of this sandbox run the container stack alone. */
export const STACKS = ["container", "heroku-22", "heroku-24", "heroku-26"].map((name) => ({
  id: fixedId("stack", name),
  name,
  state: "public",
  default: name === DEFAULT_STACK,
  created_at: EPOCH,
  updated_at: EPOCH,
}));

export interface DynoSize {
  id: string;
  name: string;
  /** GB, as the API gives it. */
  memory: number;
  compute: number;
  dedicated: boolean;
  precise_dyno_units: number;
  private_space_only: boolean;
  cost: { cents: number; unit: string } | null;
  architecture: string;
  generation: { id: string; name: string };
  memoryMb: number;
  /** https://devcenter.heroku.com/articles/limits#processes-threads */
  maxThreads: number;
  /** Eco and Basic: one dyno of a process type, no preboot. */
  single: boolean;
}

/** https://devcenter.heroku.com/articles/dyno-types#specifications */
export const DYNO_SIZES: DynoSize[] = [
  size("Eco", 512, 1, 256, 500, true),
  size("Basic", 512, 1, 256, 700, true),
  size("Standard-1X", 512, 1, 256, 2500, false),
  size("Standard-2X", 1024, 2, 512, 5000, false),
  size("Performance-M", 2560, 12, 16384, 25000, false),
  size("Performance-L", 14336, 50, 32768, 50000, false),
];

export const DEFAULT_SIZE = "Basic";

function size(
  name: string,
  memoryMb: number,
  compute: number,
  maxThreads: number,
  cents: number,
  single: boolean,
) {
  return {
    id: fixedId("dyno-size", name),
    name,
    memory: memoryMb / 1024,
    memoryMb,
    compute,
    maxThreads,
    dedicated: name.startsWith("Performance"),
    precise_dyno_units: compute,
    architecture: "x86_64",
    generation: GENERATION,
    private_space_only: false,
    cost: { cents, unit: "month" },
    single,
  };
}

export function findSize(name: string): DynoSize | undefined {
  return DYNO_SIZES.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
}

/** App features that can be switched: https://devcenter.heroku.com/categories/labs and preboot. */
export const APP_FEATURES = [
  feature("preboot", "Preboot", "Start new web dynos and have them serve before the old ones are stopped."),
  feature("log-runtime-metrics", "Log runtime metrics", "Emit dyno resource usage into the app's log."),
  feature("http-session-affinity", "HTTP session affinity", "Route a client to the same dyno."),
];

function feature(name: string, displayName: string, description: string) {
  return {
    id: fixedId("app-feature", name),
    name,
    display_name: displayName,
    description,
    doc_url: `https://devcenter.heroku.com/articles/${name}`,
    feedback_email: "",
    state: "general",
    created_at: EPOCH,
    updated_at: EPOCH,
  };
}

/** The reference to a region or a stack within an app. */
export function reference(list: { id: string; name: string }[], name: string): { id: string; name: string } {
  const found = list.find((item) => item.name === name || item.id === name);
  return { id: found?.id ?? fixedId("other", name), name: found?.name ?? name };
}

export function teamReference(team: Team): { id: string; name: string } {
  return { id: team.id, name: team.name };
}
