import { tryCommand } from "@tag-to-endpoint/toolchain";
import { type AccountsSettings, namesOf } from "./settings.ts";

const list = ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}"];

/** Names of the images of a stack in this machine's docker engine: they have a project's or the app's name in them. */
export async function imagesOf(settings: AccountsSettings): Promise<string[]> {
  const { server, app } = namesOf(settings);
  const { code, stdout } = await tryCommand("docker", list);
  // Where there is no engine, no image was made in it.
  if (code !== 0) return [];
  return stdout.split("\n").filter((name) => [server, app].some((own) => name.includes(`/${own}/`)));
}

/** Removes them. */
export async function removeImages(settings: AccountsSettings): Promise<void> {
  for (const name of await imagesOf(settings)) {
    const { code, stderr } = await tryCommand("docker", ["image", "rm", "--force", name]);
    if (code !== 0 && !/no such image/i.test(stderr)) throw new Error(`image ${name}: ${stderr.trim()}`);
  }
}
