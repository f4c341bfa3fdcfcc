import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readJson, root, run } from "./support.ts";

/** The model projects of this repository. */
const names = ["iris-decision-tree", "product-classifier"];

/** Adds version v1.0.0 of every model project to a server's repository, as their pipelines would. */
export async function releaseModels(folder: string, runtime: string): Promise<void> {
  for (const model of names) await release(runtime, model, join(folder, `models/${model}-v1.0.0`));
}

interface Notebook {
  cells: Array<{ cell_type: string; source: string[] }>;
}

/** Runs a notebook's code cells in the image and puts what the pipeline would publish into the folder. */
async function release(runtime: string, model: string, folder: string): Promise<void> {
  const source = join(root, "models", model);
  const notebook = (await readJson(`models/${model}/${model}.ipynb`)) as Notebook;
  const code = notebook.cells
    .filter(({ cell_type }) => cell_type === "code")
    .map(({ source }) => source.join(""));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "notebook.py"), code.join("\n"));
  const train = `tar c -C '${source}' . -C '${folder}' notebook.py | docker run --rm -i --network none ${runtime} \
    sh -c 'mkdir /tmp/work && cd /tmp/work && tar x && python notebook.py >&2 && cat ${model}.joblib' >'${folder}/${model}.joblib'`;
  await run("bash", ["-c", `set -o pipefail; ${train} && rm '${folder}/notebook.py'`]);
  const settings = await readFile(join(source, "model-settings.json"), "utf8");
  await writeFile(join(folder, "model-settings.json"), settings.replaceAll("$VERSION", "v1.0.0"));
}
