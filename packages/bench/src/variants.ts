/** The image's serving settings with one of them changed. */
export interface Variant {
  name: string;
  /** Changes the text of nginx's configuration template. */
  nginx?: (template: string) => string;
  /** Members of MLServer's settings.json that differ. */
  mlserver?: Record<string, unknown>;
  /** Environment variables of the container. */
  environment?: Record<string, string>;
}

/** What was measured of one variant: a value per round of each. */
export interface VariantResults {
  name: string;
  /** Why it could not be measured: it does not serve. */
  problem?: string;
  loads: Record<string, { requestsPerSecond: number[]; p50: number[]; p99: number[] }>;
  /** Bytes, as docker stats has them; after all load. */
  memory: number[];
}

/** Puts a text in the place of one that must be there exactly once; throws when it is not. */
export function replaceOnce(text: string, found: string, replacement: string): string {
  const times = text.split(found).length - 1;
  if (times !== 1) {
    throw new Error(
      `a variant replaces "${found.trim()}" in nginx.conf.template, which must have it once but has it ${times} times; ` +
        "adapt packages/bench/src/variants.ts to the template",
    );
  }
  return text.replace(found, () => replacement);
}

const nginx = (name: string, found: string, replacement: string): Variant => ({
  name,
  nginx: (template) => replaceOnce(template, found, replacement),
});

/** What is compared: the default first. */
export const variants: Variant[] = [
  { name: "default" },
  { name: "default again (what differs from 1 here is noise)" },
  { name: "MLServer: parallel_workers 1", environment: { MLSERVER_PARALLEL_WORKERS: "1" } },
  { name: "MLServer: parallel_workers 2", environment: { MLSERVER_PARALLEL_WORKERS: "2" } },
  { name: "MLServer: metrics endpoint on", environment: { MLSERVER_METRICS_ENDPOINT: "/metrics" } },
  { name: "MLServer: gzip on", mlserver: { gzip_enabled: true } },
  nginx("nginx: gzip off", "    gzip on;\n", "    gzip off;\n"),
  nginx("nginx: no keep-alive to MLServer", "        keepalive 512;\n", ""),
  nginx("nginx: keeps 32 connections to MLServer", "        keepalive 512;\n", "        keepalive 32;\n"),
  nginx(
    "nginx: proxy_buffering off",
    "            proxy_pass http://mlserver/;\n",
    "            proxy_pass http://mlserver/;\n            proxy_buffering off;\n",
  ),
  { name: "nginx: access log off", environment: { ACCESS_LOG: "off" } },
  nginx("nginx: access log written at once", "    access_log $", "    access_log /dev/stdout access; # $"),
  {
    name: "threads of BLAS and OpenMP: 2",
    environment: { OMP_NUM_THREADS: "2", OPENBLAS_NUM_THREADS: "2" },
  },
];
