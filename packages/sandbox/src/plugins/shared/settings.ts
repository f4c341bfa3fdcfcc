/** The provider's settings in a Configure request. */
import type messages from "@pulumi/pulumi/proto/provider_pb.js";
import { decode, revealProps, type Value } from "./values.ts";

/** The settings of the provider; nested ones come as JSON text. */
export function providerConfig(request: messages.ConfigureRequest, name: string): Record<string, Value> {
  const config: Record<string, Value> = {};
  for (const [key, value] of request.getVariablesMap().entries() as IterableIterator<[string, string]>) {
    config[key.replace(`${name}:config:`, "")] = value;
  }
  if (request.hasArgs()) {
    Object.assign(config, revealProps(decode(request.getArgs())));
  }
  for (const [key, value] of Object.entries(config)) {
    if (typeof value === "string" && /^[[{]/.test(value)) {
      try {
        config[key] = JSON.parse(value) as Value;
      } catch {
        // a plain text that happens to start with a bracket
      }
    }
  }
  return config;
}
