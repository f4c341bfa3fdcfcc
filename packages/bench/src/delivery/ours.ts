import { type Environment, modelProject, pulumi, stackOutputs } from "@tag-to-endpoint/journey";
import { command } from "@tag-to-endpoint/toolchain";
import type { Run } from "../run.ts";
import type { Way } from "./way.ts";

/** This project's way: the stack, as `npx pulumi up` brings it up. */
export async function ourWay(run: Run, environment: Environment): Promise<Way> {
  run.say("ours: npx pulumi up");
  await pulumi(environment, "pulumi", ["up", "--yes", "--skip-preview"]);
  const outputs = await stackOutputs(environment);
  const { path: model, serverPath: server } = modelProject(outputs, "iris-decision-tree");
  return {
    ...{ side: "ours", model, server, appUrl: outputs.appUrl },
    marks: [
      { stage: "the job's image and checkout", job: "train", text: "== Installing the requirements" },
      { stage: "packages", job: "train", text: "== Running iris-decision-tree.ipynb" },
      { stage: "notebook", job: "train", text: "== Making version" },
      { stage: "its image and checkout", job: "deploy", text: "$ sh ci/deploy.sh" },
      { stage: "image built", job: "deploy", text: "== Trying it" },
      { stage: "image tried", job: "deploy", text: "== Pushing it" },
      { stage: "image pushed", job: "deploy", text: "== Releasing it" },
    ],
    async prepare(warmth) {
      if (warmth === "warm") return;
      // The names by which the engine knows the job's image: the runner then asks the registry for it.
      const names = await command("docker", [
        "images",
        "--digests",
        "--format",
        "{{.Repository}} {{.Digest}}",
      ]);
      const ours = names
        .split("\n")
        .filter((line) => line.includes(`/${model}/training `))
        .map((line) => line.replace(" ", "@"));
      for (const name of ours) await command("docker", ["rmi", "--no-prune", name]);
    },
  };
}
