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

/** Puts a text in the place of one that must be there exactly once; throws when it is not. */
export function replaceOnce(text: string, found: string, replacement: string): string {
  const times = text.split(found).length - 1;
  if (times !== 1) {
    throw new Error(
      `a variant replaces "${found.trim()}" in nginx.conf.template, which must have it once but has it ${times} times; ` +
        "adapt bench/variants.ts to the template",
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
  { name: "MLServer: parallel_workers 1", mlserver: { parallel_workers: 1 } },
  { name: "MLServer: parallel_workers 2", mlserver: { parallel_workers: 2 } },
  { name: "MLServer: metrics endpoint on", mlserver: { metrics_endpoint: "/metrics" } },
  { name: "MLServer: gzip on", mlserver: { gzip_enabled: true } },
  nginx("nginx: gzip off", "    gzip on;\n", "    gzip off;\n"),
  nginx("nginx: no keep-alive to MLServer", "        keepalive 32;\n", ""),
  nginx("nginx: keeps 128 connections to MLServer", "        keepalive 32;\n", "        keepalive 128;\n"),
  nginx(
    "nginx: proxy_buffering off",
    "            proxy_http_version 1.1;\n",
    "            proxy_http_version 1.1;\n            proxy_buffering off;\n",
  ),
  nginx("nginx: access log off", "    access_log $", "    access_log off; # $"),
  nginx("nginx: access log buffered", " access;\n", " access buffer=32k flush=1s;\n"),
  {
    name: "threads of BLAS and OpenMP: 2",
    environment: { OMP_NUM_THREADS: "2", OPENBLAS_NUM_THREADS: "2" },
  },
];
