import * as pulumi from "@pulumi/pulumi";

/**
 * Keeps the SDK's debug messages free of what resources answer: it puts whole answers into them, secrets in plain
 * text, and `--debug` and `--event-log` keep them. To be called before the first resource is made.
 */
export function keepAnswersOutOfDebugMessages(): void {
  const { debug } = pulumi.log;
  Object.assign(pulumi.log, {
    debug: (message: string, ...rest: [pulumi.Resource?, number?, boolean?]) =>
      debug(message.replace(/\bresp: [\s\S]*$/, "resp: not shown"), ...rest),
  });
}
