import { sandboxImages } from "@tag-to-endpoint/sandbox";
import { runToEnd } from "../../lib/process/run.ts";

const name = "tag-to-endpoint.test/docker-cli-alone";

/** What a job image may have and the deploy job must not count on. */
const without = ["git", "curl", "wget", "python3", "perl", "openssl"];

/** Makes an image for the deploy job that has docker's client and a shell, and neither CA certificates nor tools. */
export async function bareJobImage(): Promise<string> {
  const input = [
    `FROM ${sandboxImages().ciDocker}`,
    `RUN for one in ${without.join(" ")}; do rm -f $(command -v $one); done; rm -rf /etc/ssl /usr/share/ca-certificates`,
    `RUN ! command -v ${without.join(" ")} && [ ! -e /etc/ssl ] && docker --version`,
    "",
  ].join("\n");
  const { code, stderr } = await runToEnd("docker", ["build", "--quiet", "--tag", name, "-"], { input });
  if (code !== 0) throw new Error(`${name} cannot be built: ${stderr}`);
  return name;
}
