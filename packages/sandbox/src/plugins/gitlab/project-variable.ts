/** gitlab:index/projectVariable:ProjectVariable, https://docs.gitlab.com/api/project_level_variables/ */
import type { Resource } from "../shared/provider.ts";
import { type Props, Unknown } from "../shared/values.ts";
import { explain, type GitLab, unlessGone } from "./api.ts";
import { GitLabError } from "./errors.ts";
import { twoParts } from "./ids.ts";

const FORM = "<project>:<key>:<environment_scope>";
const FAILED = "GitLab API error occurred";
const BAD_MASKED =
  "Invalid value for a masked variable. Check the masked variable requirements: " +
  "https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable";

interface Variable {
  key: string;
  value: string | null;
  variable_type: string;
  protected: boolean;
  masked: boolean;
  hidden?: boolean;
  raw: boolean;
  environment_scope: string;
  description?: string | null;
}

export function projectVariable(api: GitLab): Resource {
  return {
    rules: {
      defaults: { environmentScope: "*" },
      // A hidden variable cannot be shown again, nor can another be hidden later: both make a new one.
      replaces: ["project", "key", "environmentScope", "hidden"],
      oneOf: { variableType: ["env_var", "file"] },
    },

    check(context, inputs) {
      const failures = [];
      const { key, hidden, masked } = inputs;
      if (typeof key === "string" && !/^[A-Za-z0-9_]{1,255}$/.test(key)) {
        failures.push(
          `Attribute key is an invalid, only A-Z, a-z, 0-9, and _ are allowed, got: ${key}. Examine values at '${context.name}.key'.`,
        );
      }
      if (hidden === true && masked !== true && !(masked instanceof Unknown)) {
        failures.push(
          "Invalid value for a masked variable. A variable cannot be hidden without being masked. " +
            `Please set the masked attribute to true. Examine values at '${context.name}.hidden'.`,
        );
      }
      return { failures: failures.map((reason) => ({ property: "", reason })) };
    },

    async create(_context, inputs) {
      const project = String(inputs.project);
      const hidden = inputs.hidden === true;
      const made = await masking(
        "create",
        api.rest.ProjectVariables.create(project, String(inputs.key), String(inputs.value), {
          ...options(inputs),
          environment_scope: String(inputs.environmentScope),
          ...(hidden ? { masked: false, masked_and_hidden: true } : {}),
        } as never),
      );
      const variable = made as unknown as Variable;
      return { id: idOf(project, variable), outputs: outputsOf(project, variable, inputs) };
    },

    async read(_context, id, state) {
      const [project, rest] = twoParts(id, FORM);
      const [key, scope] = keyAndScope(rest);
      const found = await unlessGone(
        explain(
          `${FAILED}: Unable to read project variable`,
          api.rest.ProjectVariables.show(project, key, { filter: { environment_scope: scope } }),
        ),
      );
      if (!found) {
        return undefined;
      }
      const variable = found as unknown as Variable;
      return { id: idOf(project, variable), outputs: outputsOf(project, variable, state) };
    },

    async update(_context, { inputs }) {
      const project = String(inputs.project);
      const scope = String(inputs.environmentScope);
      const changed = await masking(
        "update",
        api.rest.ProjectVariables.edit(project, String(inputs.key), String(inputs.value), {
          ...options(inputs),
          environment_scope: scope,
          filter: { environment_scope: scope },
        } as never),
      );
      return outputsOf(project, changed as unknown as Variable, inputs);
    },

    async delete(_context, id) {
      const [project, rest] = twoParts(id, FORM);
      const [key, scope] = keyAndScope(rest);
      await unlessGone(
        explain(
          `${FAILED}: Unable to delete project variable`,
          api.rest.ProjectVariables.remove(project, key, { filter: { environment_scope: scope } }),
        ),
      );
    },
  };
}

/** What may be left out keeps the service's value. */
function options(inputs: Props): Record<string, unknown> {
  return {
    raw: inputs.raw ?? false,
    description: inputs.description ?? "",
    masked: inputs.masked ?? false,
    ...(inputs.protected === undefined ? {} : { protected: inputs.protected }),
    ...(inputs.variableType === undefined ? {} : { variable_type: inputs.variableType }),
  };
}

function outputsOf(project: string, variable: Variable, known: Props): Props {
  return {
    project,
    key: variable.key,
    // The API never gives the value of a hidden variable; the one that was set is still the one.
    value: variable.hidden ? (known.value ?? "") : (variable.value ?? ""),
    variableType: variable.variable_type,
    protected: variable.protected,
    masked: variable.masked,
    hidden: variable.hidden ?? false,
    raw: variable.raw,
    environmentScope: variable.environment_scope,
    description: variable.description ?? "",
  };
}

function idOf(project: string, variable: Variable): string {
  return `${project}:${variable.key}:${variable.environment_scope}`;
}

function keyAndScope(rest: string): [string, string] {
  const colon = rest.indexOf(":");
  return colon < 0 ? [rest, "*"] : [rest.slice(0, colon), rest.slice(colon + 1)];
}

/** Says what the matter is when GitLab refuses a value that is to be masked. */
async function masking<T>(doing: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof GitLabError && error.status === 400 && /value: \[is invalid\]/.test(error.message)) {
      throw new Error(`${BAD_MASKED}: ${error.message}`, { cause: error });
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${FAILED}: Unable to ${doing} project variable: ${reason}`, { cause: error });
  }
}
