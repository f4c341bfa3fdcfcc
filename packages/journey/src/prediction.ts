import irisRequest from "../../../models/iris-decision-tree/request.json" with { type: "json" };
import productRequest from "../../../models/product-classifier/request.json" with { type: "json" };
import type { Environment, StackOutputs } from "./environment.ts";

/** What one kind of model is asked, and how its answer reads. */
interface Question {
  request: { inputs: Array<{ name: string; shape: number[]; datatype: string; data: unknown[] }> };
  /** The data of the answer in words; undefined when they do not answer the request. */
  words(data: unknown[]): string | undefined;
}

/** Names of the classes of the iris data set, by the number that the tree answers. */
const irisClasses = ["setosa", "versicolor", "virginica"];

/** The chapter's flower: sepal and petal length and width in centimetres. Reads as `0 (setosa)`. */
const iris: Question = {
  request: irisRequest,
  words: ([answer]) => {
    const name = irisClasses[Number(answer)];
    return name && `${answer} (${name})`;
  },
};

/** The chapter's three products. Reads as `boneca -> brinquedos, ...`. */
const products: Question = {
  request: productRequest,
  words: (categories) => {
    const asked = productRequest.inputs.flatMap(({ data }) => data);
    if (categories.length !== asked.length || !categories.every((one) => typeof one === "string")) return;
    return asked.map((product, index) => `${product} -> ${categories[index]}`).join(", ");
  },
};

const questions: Record<string, Question> = {
  "iris-dtc": iris,
  "iris-decision-tree": iris,
  "product-classifier": products,
};

/** One version of a model of the server. */
export interface ModelVersion {
  model: string;
  version: string;
  /** Folder under models/ that the model was made of, where it has another name. */
  template?: string;
}

function questionFor({ model, template = model }: ModelVersion): Question {
  const question = questions[template];
  if (!question) throw new Error(`There is no request for ${template}, only for ${Object.keys(questions)}`);
  return question;
}

/** Where a version of a model answers. */
function inferenceUrl(outputs: StackOutputs, { model, version }: ModelVersion): string {
  return new URL(`mlapi/v2/models/${model}/versions/${version}/infer`, outputs.appUrl).href;
}

/** An answer of the Open Inference Protocol (V2), as far as it is used here. */
interface InferenceResponse {
  model_name: string;
  model_version?: string;
  outputs: Array<{ name: string; shape: number[]; datatype: string; data: unknown[] }>;
}

/** The model's request as a command that a person can type. */
export function curlCommand(outputs: StackOutputs, version: ModelVersion): string {
  const body = JSON.stringify(questionFor(version).request);
  return `curl -X POST ${inferenceUrl(outputs, version)} -H 'Content-Type: application/json' -d '${body}'`;
}

/**
 * POSTs an inference request with curl, which resolves `*.localhost` by itself as browsers do (RFC 6761).
 * Throws with the answer's body unless it is 200.
 */
async function infer(environment: Environment, url: string, body: unknown): Promise<InferenceResponse> {
  const answer = await environment.log.run(
    "predictions",
    "curl",
    ["-sS", "--max-time", "60", "-w", "\n%{http_code}", "-X", "POST", url].concat([
      "-H",
      "Content-Type: application/json",
      "-d",
      JSON.stringify(body),
    ]),
    { cwd: environment.root },
  );
  const [, text = "", status = ""] = /^([\s\S]*)\n(\d+)$/.exec(answer) ?? [];
  if (status !== "200") throw new Error(`POST ${url} answered ${status}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as InferenceResponse;
}

/** Asks a version of a model its request and puts the answer into words. */
export async function ask(
  environment: Environment,
  outputs: StackOutputs,
  version: ModelVersion,
): Promise<string> {
  const { request, words } = questionFor(version);
  const url = inferenceUrl(outputs, version);
  const response = await infer(environment, url, request);
  const answer = words(response.outputs[0]?.data.flat() ?? []);
  if (!answer) throw new Error(`POST ${url} gave no answer to its request: ${JSON.stringify(response)}`);
  return answer;
}
