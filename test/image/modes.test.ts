/** The runtime image of a check-out whose files only its owner may read, as umask 077 leaves them. */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { baseImage, buildRuntime, cleanUp, docker, root, run } from "./support.ts";

it("is the image of any other check-out", async () => {
  const usual = await docker("image", "inspect", "--format", "{{.Id}}", await buildRuntime());
  const folder = await mkdtemp(join(tmpdir(), "image test-"));
  const tag = "tag-to-endpoint.test/closed";
  try {
    const context = join(folder, "runtime");
    await cp(join(root, "image/runtime"), context, { recursive: true });
    await run("chmod", ["-R", "go=", context]);
    await docker("build", "--quiet", "--build-arg", `BASE_IMAGE=${await baseImage()}`, "--tag", tag, context);
    expect(await docker("image", "inspect", "--format", "{{.Id}}", tag)).toBe(usual);
    expect(await docker("run", "--rm", tag, "stat", "--format", "%a", "/usr", "/usr/local/bin/serve")).toBe(
      "755\n755",
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
    await cleanUp(tag);
  }
});
