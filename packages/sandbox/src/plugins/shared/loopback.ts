/**
 * The guard of every stand-in plugin: it speaks to services on this machine only, so that it can never touch
 * a real account.
 */
import { isIPv4 } from "node:net";

/** True for 127.0.0.0/8, ::1, localhost and *.localhost (RFC 6761). */
export function isLoopback(hostname: string): boolean {
  const host = hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
  return (
    (isIPv4(host) && host.startsWith("127.")) ||
    host === "::1" ||
    host === "localhost" ||
    host.endsWith(".localhost")
  );
}

export interface Guarded {
  /** The package, such as `gitlab`, and the version that it stands in for. */
  plugin: string;
  version: string;
  /** What the person set, such as `gitlab:baseUrl (or GITLAB_BASE_URL)`. */
  setting: string;
  /** The command that brings the official plugin. */
  install: string;
}

/** The error of a stand-in plugin that was pointed at something that is not on this machine. */
export function refusal(guarded: Guarded, found: string): Error {
  return new Error(
    `the ${guarded.plugin} plugin in use is the sandbox's stand-in for ${guarded.plugin} ${guarded.version}: ` +
      `it talks to loopback addresses only (127.0.0.0/8, ::1, localhost, *.localhost) and refuses ${found}. ` +
      `Point ${guarded.setting} at the sandbox, or use the official plugin for real accounts: ${guarded.install}`,
  );
}

/** Reads the URL of an endpoint and throws unless it is http(s) on loopback. */
export function loopbackUrl(guarded: Guarded, text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new Error(
      `${guarded.setting} is ${JSON.stringify(text)}, which is not a URL; allowed is http://127.0.0.1:<port>...`,
    );
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new Error(
      `${guarded.setting} has the scheme ${JSON.stringify(url.protocol)}; allowed are http: and https:`,
    );
  }
  if (!isLoopback(url.hostname)) {
    throw refusal(guarded, url.origin);
  }
  return url;
}
