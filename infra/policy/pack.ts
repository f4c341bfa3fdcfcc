/**
 * The policy pack: serves the rules to Pulumi's engine, all of them mandatory.
 * https://www.pulumi.com/docs/insights/policy/policy-packs/authoring/
 */
import "../../lib/pulumi/plain-stack-traces.ts";
import {
  PolicyPack,
  type PolicyResource,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from "@pulumi/policy";
import { problemLines } from "../../lib/text/problem.ts";
import type { Resource, ResourceRule, StackRule } from "./rule.ts";
import { resourceRules, stackRules } from "./rules.ts";
import { valuesOf } from "./values.ts";

/** Resources by URN, as the engine last showed them. */
const seen = new Map<string, Resource>();

/**
 * Notes each resource with its secrets and changes nothing: the engine asks for remediation before validation,
 * and only there does `@pulumi/policy` tell what is secret.
 */
const observer: ResourceValidationPolicy = {
  name: "observer",
  description: "Notes which values are secret.",
  enforcementLevel: "remediate",
  remediateResource({ urn, type, name, props, opts }) {
    seen.set(urn, {
      urn,
      type,
      name,
      inputs: valuesOf(props),
      secretOutputs: opts.additionalSecretOutputs,
    });
  },
};

function resourcePolicy({ name, description, about, check }: ResourceRule): ResourceValidationPolicy {
  return {
    name,
    description,
    validateResource({ urn, type }, report) {
      if (!about(type)) return;
      const resource = seen.get(urn);
      // Then nothing would be secret to any rule.
      if (!resource) throw new Error(`the engine did not ask for the remediation of ${urn}`);
      for (const violation of check(resource)) report(problemLines(violation));
    },
  };
}

function stackPolicy({ name, description, check }: StackRule): StackValidationPolicy {
  return {
    name,
    description,
    validateStack({ resources }, report) {
      for (const violation of check(resources.map(stackResource)))
        report(problemLines(violation), violation.urn);
    },
  };
}

function stackResource({ urn, type, name, props, propertyDependencies }: PolicyResource) {
  const references = Object.entries(propertyDependencies).map(([key, resources]) => [
    key,
    resources.map((resource) => resource.urn),
  ]);
  return { urn, type, name, outputs: valuesOf(props), references: Object.fromEntries(references) };
}

new PolicyPack("tag-to-endpoint", {
  enforcementLevel: "mandatory",
  policies: [observer, ...resourceRules.map(resourcePolicy), ...stackRules.map(stackPolicy)],
});
