import { isIPv4 } from "node:net";

/** Whether a host, as a URL names it, is this machine: 127.0.0.0/8, ::1, localhost and *.localhost (RFC 6761). */
export function isLoopback(host: string): boolean {
  return (isIPv4(host) && host.startsWith("127.")) || host === "[::1]" || /(^|\.)localhost\.?$/.test(host);
}
