import * as pulumi from "@pulumi/pulumi";

/** What a build is made of, as the inputs of a `docker.Image` have it. */
interface Build {
  readonly context?: string;
  readonly platform?: string;
  readonly args?: Readonly<Record<string, string>>;
}

/** A build's own lines go by while it runs; of one that failed, the provider's error has no more than the exit code. */
export function buildFailureHelp(build: Build): string {
  const { context = ".", platform = "", args = {} } = build;
  const options = [
    ...(platform ? [`--platform ${platform}`] : []),
    ...Object.entries(args).map(([name, value]) => `--build-arg ${name}="${value}"`),
  ];
  return (
    "If a step of the image's build failed, its own lines say why. To see them:\n" +
    `  docker build ${[...options, context].join(" ")}\n` +
    "`exec format error` in them means that this docker engine cannot run programs of that platform. To have it " +
    "emulate them:\n  docker run --privileged --rm tonistiigi/binfmt --install all"
  );
}

/** Says how to see why an image could not be built; it is not tried again. */
export const explainsBuildFailure = () =>
  new pulumi.ErrorHook("image-build-failed", async ({ newInputs }) => {
    await pulumi.log.warn(buildFailureHelp((newInputs?.build ?? {}) as Build));
    return false;
  });
