import dns from "node:dns";
import type { LookupFunction } from "node:net";

/** Names below `localhost` are this machine; not every resolver knows (RFC 6761, 6.3). */
export const lookup: LookupFunction = (name, options, callback) =>
  dns.lookup(name.endsWith(".localhost") ? "localhost" : name, options, callback);
