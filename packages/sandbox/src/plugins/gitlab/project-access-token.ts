/** gitlab:index/projectAccessToken:ProjectAccessToken, https://docs.gitlab.com/api/project_access_tokens/ */
import type { Resource } from "../shared/provider.ts";
import type { Props } from "../shared/values.ts";
import { explain, type GitLab, unlessGone } from "./api.ts";
import { levelName, levelValue, MEMBER_LEVELS, projectAndNumber } from "./ids.ts";
import { expiryFrom, rotationIsDue, rotationOf } from "./rotation.ts";

const FORM = "<project-id>:<token-id>";
const SCOPES = [
  "api",
  "read_api",
  "read_user",
  "k8s_proxy",
  "read_registry",
  "write_registry",
  "read_virtual_registry",
  "write_virtual_registry",
  "read_repository",
  "write_repository",
  "create_runner",
  "manage_runner",
  "ai_features",
  "read_observability",
  "write_observability",
  "self_rotate",
] as const;

interface Token {
  id: number;
  name: string;
  description?: string | null;
  scopes: string[];
  access_level: number;
  user_id: number;
  active: boolean;
  revoked: boolean;
  created_at: string;
  expires_at: string;
  token?: string;
}

export function projectAccessToken(api: GitLab): Resource {
  const tokens = () => api.rest.ProjectAccessTokens;
  return {
    rules: {
      defaults: { accessLevel: "maintainer", validatePastExpirationDate: true },
      replaces: ["project", "name", "scopes", "accessLevel", "description"],
      oneOf: { accessLevel: MEMBER_LEVELS, scopes: SCOPES },
      sets: ["scopes"],
      writeOnly: ["rotationConfiguration", "validatePastExpirationDate"],
      autoName: "name",
      // Every update rotates the token.
      changedByUpdate: ["token", "createdAt", "expiresAt", "active"],
      // The id changes with every rotation, which an update cannot tell the engine before the next refresh.
      privateOutputs: ["id"],
    },

    check(context, inputs) {
      const at = (key: string) => `Examine values at '${context.name}.${key}'.`;
      const reasons: string[] = [];
      if (inputs.expiresAt !== undefined && inputs.rotationConfiguration !== undefined) {
        reasons.push(
          'Invalid Attribute Combination. Attribute "rotation_configuration" cannot be specified when "expires_at" ' +
            `is specified. ${at("expiresAt")}`,
        );
      }
      if (typeof inputs.expiresAt === "string" && !/^\d{4}-\d\d-\d\d$/.test(inputs.expiresAt)) {
        reasons.push(
          `failed to parse expiration date into ISOTime. Provided value: ${inputs.expiresAt}. ${at("expiresAt")}`,
        );
      }
      const rotation = rotationOf(inputs);
      for (const key of ["expirationDays", "rotateBeforeDays"] as const) {
        if (rotation && rotation[key] < 1) {
          reasons.push(
            `Invalid Attribute Value. Attribute rotation_configuration.${key} value must be at least 1, got: ` +
              `${rotation[key]}. ${at(`rotationConfiguration.${key}`)}`,
          );
        }
      }
      return { failures: reasons.map((reason) => ({ property: "", reason })) };
    },

    diff({ state, inputs }, differences) {
      const rotation = rotationOf(inputs);
      const expiresAt = state.expiresAt;
      if (rotation && typeof expiresAt === "string" && rotationIsDue(expiresAt, rotation, new Date())) {
        // Where a new token would end on the same day there is nothing to gain by a rotation.
        if (expiryFrom(rotation, new Date()) !== expiresAt) {
          differences.set("expiresAt", { kind: "update", replace: false });
        }
      }
    },

    async create(_context, inputs) {
      const project = String(inputs.project);
      const rotation = rotationOf(inputs);
      const expiresAt = rotation ? expiryFrom(rotation, new Date()) : inputs.expiresAt;
      const made = (await explain(
        "Error creating GitLab ProjectAccessToken: Could not create GitLab ProjectAccessToken, unexpected error",
        tokens().create(
          project,
          String(inputs.name),
          inputs.scopes as never,
          expiresAt as string,
          {
            access_level: levelValue(String(inputs.accessLevel)),
            ...(inputs.description === undefined ? {} : { description: inputs.description }),
          } as never,
        ),
      )) as unknown as Token;
      return { id: `${project}:${made.id}`, outputs: outputsOf(project, made) };
    },

    async read(_context, id, state) {
      const [project, number] = projectAndNumber(idOf(id, state), FORM);
      const token = (await unlessGone(tokens().show(project, number))) as unknown as Token | undefined;
      // A revoked token stays listed for a while; it is gone all the same.
      return token && !token.revoked
        ? { id: `${project}:${token.id}`, outputs: outputsOf(project, token) }
        : undefined;
    },

    /** Changing a token means rotating it: the old one ends at once. */
    async update(_context, { id, state, inputs }) {
      const [project, number] = projectAndNumber(idOf(id, state), FORM);
      const rotation = rotationOf(inputs);
      const current = String(state.expiresAt);
      const due = rotation !== undefined && rotationIsDue(current, rotation, new Date());
      const expiresAt = due ? expiryFrom(rotation, new Date()) : String(inputs.expiresAt ?? current);
      const rotated = (await explain(
        "Error rotating GitLab ProjectAccessToken: Could not rotate GitLab ProjectAccessToken, unexpected error",
        tokens().rotate(project, number, { expiresAt }),
      )) as unknown as Token;
      return outputsOf(project, {
        ...rotated,
        access_level: rotated.access_level ?? levelValue(String(state.accessLevel)),
      });
    },

    async delete(_context, id, state) {
      const [project, number] = projectAndNumber(idOf(id, state), FORM);
      await unlessGone(
        explain(
          "Error deleting project access token: Could not delete project access token, unexpected error",
          tokens().revoke(project, number),
        ),
      );
    },
  };
}

/** The token's id of today: the state knows of rotations that the engine's id does not. */
function idOf(id: string, state: Props): string {
  return typeof state.id === "string" ? state.id : id;
}

function outputsOf(project: string, token: Token): Props {
  return {
    id: `${project}:${token.id}`,
    project,
    name: token.name,
    description: token.description ?? "",
    scopes: token.scopes,
    accessLevel: levelName(token.access_level),
    userId: token.user_id,
    active: token.active,
    revoked: token.revoked,
    createdAt: token.created_at,
    expiresAt: token.expires_at,
    // Only the answer that makes a token holds it.
    ...(token.token === undefined ? {} : { token: token.token }),
  };
}
