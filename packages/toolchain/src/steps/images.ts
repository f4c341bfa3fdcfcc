import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { images, root } from "./paths.ts";
import { command, isOnPath, tryCommand } from "./shell.ts";
import type { SetUpStep } from "./step.ts";
import { aptInstall } from "./system.ts";

/** The official image that the local base image stands for. */
const officialBase = "python:3.11-slim-bookworm";

async function isLocal(image: string): Promise<boolean> {
  return (await tryCommand("docker", ["image", "inspect", image])).code === 0;
}

/** The base image: present, pulled from the image hub, or made from Debian's packages. */
export const baseImage: SetUpStep = {
  neededFor: "sandbox",
  title: `base image (${officialBase} or one like it)`,
  expected: "10 s to pull, 60 s to make",
  isPresent: () => isLocal(images.base),
  async make(progress) {
    progress("pulling");
    const pull = await tryCommand("docker", ["pull", "--quiet", officialBase], { timeoutSeconds: 180 });
    if (pull.code === 0) {
      await command("docker", ["tag", officialBase, images.base]);
      return "pulled";
    }
    progress("no image hub reachable, making it with mmdebstrap");
    if (!(await isOnPath("mmdebstrap"))) await aptInstall(["mmdebstrap"], progress);
    const folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint-base-"));
    try {
      const tar = path.join(folder, "base.tar");
      const pipConf = path.join(folder, "pip.conf");
      await writeFile(pipConf, `[global]\ncert = ${trustStore}\n`);
      await command(
        "mmdebstrap",
        [
          "--variant=minbase",
          // Without these two, Debian's package that merges /usr brings all of Perl, 45 MB that nothing uses.
          "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
          "--include=usr-is-merged,python3,python3-venv,ca-certificates",
          // The image trusts what this machine trusts, or package downloads inside it could fail where this
          // machine's own succeed (an organisation's certificate authority, for one).
          `--customize-hook=upload ${trustStore} ${trustStore}`,
          `--customize-hook=upload ${pipConf} /etc/pip.conf`,
          "--dpkgopt=path-exclude=/usr/share/man/*",
          "--dpkgopt=path-exclude=/usr/share/doc/*",
          "--dpkgopt=path-exclude=/usr/share/locale/*",
          "bookworm",
          tar,
        ],
        { onLine: progress },
      );
      await command("docker", ["import", tar, images.base]);
      return "made with mmdebstrap";
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const trustStore = "/etc/ssl/certs/ca-certificates.crt";

/** An image that pipeline jobs run in, built on the base image from `packages/toolchain/images/<name>.Dockerfile`. */
export function jobImage(name: "ci-python" | "ci-docker", tag: string): SetUpStep {
  const dockerfile = path.join(root, "packages/toolchain/images", `${name}.Dockerfile`);
  return {
    neededFor: "sandbox",
    title: `job image ${name}`,
    expected: "20 s",
    isPresent: () => isLocal(tag),
    async make(progress) {
      await command("docker", ["build", "--build-arg", `BASE_IMAGE=${images.base}`, "-t", tag, "-"], {
        input: await readFile(dockerfile, "utf8"),
        onLine: progress,
      });
      return "built";
    },
  };
}
