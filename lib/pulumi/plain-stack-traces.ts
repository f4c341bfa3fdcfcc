/**
 * Imported for its effect, before anything else. Pulumi's hosts of programs and policy packs look up every frame of every
 * stack trace in source maps, and the SDK takes a trace for each output: a third of the program's time. Node.js runs this
 * repository's TypeScript with its lines in place, so there is nothing to look up.
 */
Error.prepareStackTrace = undefined as unknown as typeof Error.prepareStackTrace;
