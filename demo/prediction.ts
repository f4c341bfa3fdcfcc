import type { Environment } from "./environment.ts";

/** Names of the classes of the iris data set, by the number that the tree answers. */
export const irisClasses = ["setosa", "versicolor", "virginica"];

/** The chapter's request: one flower, sepal and petal length and width in centimetres. */
export const irisRequest = {
  inputs: [{ name: "predict", shape: [1, 4], datatype: "FP32", data: [[5, 3.4, 1.5, 0.2]] }],
};

/** An answer of the Open Inference Protocol (V2), as far as it is used here. */
export interface InferenceResponse {
  model_name: string;
  model_version?: string;
  outputs: Array<{ name: string; shape: number[]; datatype: string; data: unknown[] }>;
}

/** The request as a command that a person can type. */
export function curlCommand(url: string, body: unknown): string {
  return `curl -X POST ${url} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}

/**
 * POSTs an inference request with curl, which resolves `*.localhost` by itself as browsers do (RFC 6761).
 * Throws with the answer's body unless it is 200.
 */
export async function infer(
  environment: Environment,
  url: string,
  body: unknown,
): Promise<InferenceResponse> {
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

/** Asks for the class of the chapter's flower and puts it in words, such as `0 (setosa)`. */
export async function classify(environment: Environment, url: string): Promise<string> {
  const response = await infer(environment, url, irisRequest);
  const answer = Number(response.outputs[0]?.data.flat()[0]);
  const name = irisClasses[answer];
  if (!name) throw new Error(`POST ${url} answered no iris class: ${JSON.stringify(response)}`);
  return `${answer} (${name})`;
}
