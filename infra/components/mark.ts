import * as pulumi from "@pulumi/pulumi";
import { markOf, withMark } from "../../lib/pulumi/mark.ts";

/** A description with this stack's mark, set in the very request that makes the thing. */
export function marked(description: string): string {
  return withMark(description, markOf({ project: pulumi.getProject(), stack: pulumi.getStack() }));
}
