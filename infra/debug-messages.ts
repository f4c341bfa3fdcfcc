import * as pulumi from "@pulumi/pulumi";

/**
 * Keeps what resources answer out of the SDK's debug messages. The SDK puts whole answers into them, secrets in plain
 * text, and `--debug` and `--event-log` keep them. Call it before the first resource is made.
 */
export function keepAnswersOutOfDebugMessages(): void {
  const { debug } = pulumi.log;
  Object.assign(pulumi.log, {
    debug: (message: string, ...rest: [pulumi.Resource?, number?, boolean?]) =>
      debug(message.replace(/\bresp: [\s\S]*$/, "resp: not shown"), ...rest),
  });
}
