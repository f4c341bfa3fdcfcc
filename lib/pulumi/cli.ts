/** The Pulumi CLI that this repository works with: one version, beside any other that a machine has. */
import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";

/** Version of the CLI; packages/toolchain builds the same one where it cannot be downloaded. */
export const cliVersion = "3.259.0";

type Environment = Readonly<Record<string, string | undefined>>;

/** Pulumi's home: plugins, log-ins and the CLIs that were downloaded. */
export function pulumiHome(env: Environment = process.env): string {
  return env.PULUMI_HOME || path.join(homedir(), ".pulumi");
}

/** Gets the CLI of that version into a folder. It may say nothing on standard output: that is for reports. */
export type Download = (version: string, folder: string) => Promise<void>;

/**
 * The CLI's file, downloaded where it is not there yet.
 *
 * @throws when the download fails, with what it takes
 */
export async function cliFile(
  env: Environment = process.env,
  download: Download = fromPulumi,
): Promise<string> {
  const folder = path.join(pulumiHome(env), "versions", cliVersion);
  const file = path.join(folder, "bin/pulumi");
  if (await isExecutable(file)) return file;
  process.stderr.write(`Downloading the Pulumi CLI ${cliVersion} to ${folder} ...\n`);
  try {
    await download(cliVersion, folder);
  } catch (error) {
    throw new Error(notDownloaded(error), { cause: error });
  }
  if (await isExecutable(file)) return file;
  throw new Error(
    `The download of the Pulumi CLI ${cliVersion} ended without ${file}. Remove ${folder} and try again.`,
  );
}

function notDownloaded(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return [
    `The Pulumi CLI ${cliVersion} is not on this machine and cannot be downloaded:`,
    `  ${said.trim().replaceAll("\n", "\n  ")}`,
    "The download needs https://get.pulumi.com, and curl or wget, tar and a bundle of CA certificates on this machine",
    "(Debian: apt-get install curl ca-certificates). Where no download is possible, `npm run setup` builds the CLI with Go.",
  ].join("\n");
}

/** Pulumi's own installer, which the Automation API starts; what it prints is kept from standard output. */
async function fromPulumi(version: string, root: string): Promise<void> {
  const [{ PulumiCommand }, { SemVer }] = await Promise.all([
    import("@pulumi/pulumi/automation/index.js"),
    import("semver"),
  ]);
  await PulumiCommand.install({ version: new SemVer(version), root });
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
