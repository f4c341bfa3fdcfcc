/** Images by digest: what was built is what is deployed, whoever moves a tag. */

import { componentPrefix, types } from "../../../lib/pulumi/types.ts";
import type { Problem } from "../../../lib/text/problem.ts";
import { ofType, type ResourceRule, type StackRule } from "../rule.ts";
import { objectIn, SECRET, shown, UNKNOWN } from "../values.ts";

const digest = /@sha256:[0-9a-f]{64}$/;

function unlessByDigest(what: string, value: unknown): Problem[] {
  if (value === undefined || value === UNKNOWN || value === SECRET || digest.test(String(value))) return [];
  return [
    {
      found: `${what} ${shown(value)}`,
      allowed: "an image reference that ends in @sha256: and 64 hexadecimal digits",
      fix: "use repoDigest of the docker.Image (infra/components/model-server.ts)",
    },
  ];
}

const { projectVariable: variable } = types.gitlab;

/** The one image that may be a tag: nothing runs it, the runtime image is built on it (setting `baseImage`). */
const BUILT_ON = "BASE_IMAGE";

const imageByDigest: ResourceRule = {
  name: "image-by-digest",
  description: "Pipelines and programs get container images by digest.",
  about: ofType(variable, types.command),
  check({ type, inputs }) {
    const values =
      type === variable
        ? [[String(inputs.key), inputs.value] as const]
        : Object.entries(objectIn(inputs, "environment"));
    return values
      .filter(([key]) => /(^|_)IMAGE$/.test(key) && key !== BUILT_ON)
      .flatMap(([key, value]) => unlessByDigest(`variable ${key}`, value));
  },
};

/** What an output says where there is no such image (setting `trainingImage`). */
const NO_IMAGE = "none";

export const imageOutputByDigest: StackRule = {
  name: "image-output-by-digest",
  description: "Outputs name container images by digest.",
  check: (resources) =>
    resources
      .filter(({ type }) => type === types.stack || type.startsWith(componentPrefix))
      .flatMap(({ urn, outputs }) =>
        Object.entries(outputs)
          .filter(([key, value]) => /(^i|I)mage$/.test(key) && value !== NO_IMAGE)
          .flatMap(([key, value]) => unlessByDigest(`output ${key}`, value))
          .map((violation) => ({ ...violation, urn })),
      ),
};

export const imageRules: readonly ResourceRule[] = [imageByDigest];
export const stackImageRules: readonly StackRule[] = [imageOutputByDigest];
