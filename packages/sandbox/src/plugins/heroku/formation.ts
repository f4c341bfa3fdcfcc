/** heroku:formation/formation:Formation, https://devcenter.heroku.com/articles/platform-api-reference#formation */
import type { Resource } from "../shared/provider.ts";
import { type Props, Unknown } from "../shared/values.ts";
import type { Heroku } from "./api.ts";
import { failingAs } from "./errors.ts";

interface HerokuFormation {
  id: string;
  type: string;
  quantity: number;
  size: string;
  app: { id: string };
}

export function formation(api: Heroku): Resource {
  const change = async (inputs: Props): Promise<HerokuFormation> => {
    const app = String(inputs.appId);
    await api.request("GET", `/apps/${app}`);
    return api.request("PATCH", `/apps/${app}/formation/${String(inputs.type)}`, {
      quantity: inputs.quantity,
      size: inputs.size,
    });
  };

  return {
    check(context, inputs) {
      const { appId } = inputs;
      const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
      return appId instanceof Unknown || uuid.test(String(appId))
        ? {}
        : {
            failures: [
              {
                property: "",
                reason: `expected "app_id" to be a valid UUID, got ${String(appId)}. Examine values at '${context.name}.appId'.`,
              },
            ],
          };
    },

    diff({ state, inputs }, differences) {
      if (formatSize(String(inputs.size)) === state.size) {
        differences.delete("size");
      }
    },

    async create(_context, inputs) {
      const made = await change(inputs);
      return { id: made.id, outputs: outputsOf(made) };
    },

    async read(_context, id, state) {
      // An import names the formation as <app>:<type>.
      const [app, type] = state.appId === undefined ? id.split(":", 2) : [String(state.appId), id];
      if (!app || !type) {
        throw new Error(`unexpected format of ID (${id}), expected <app>:<type>`);
      }
      // What is gone is an error, as it is for the official provider: it does not drop the formation from the state.
      const found = await failingAs(
        "error retrieving formation",
        api.request<HerokuFormation>("GET", `/apps/${app}/formation/${type}`),
      );
      return { id: found.id, outputs: outputsOf(found) };
    },

    update: async (_context, { inputs }) => outputsOf(await change(inputs)),

    /** There is no call that deletes a formation. */
    async delete() {},
  };
}

function outputsOf(found: HerokuFormation): Props {
  return { appId: found.app.id, type: found.type, quantity: found.quantity, size: formatSize(found.size) };
}

/** `standard-1x` as `Standard-1X`, the way Heroku writes sizes. */
function formatSize(size: string): string {
  return size
    .split("-")
    .map((part, index) =>
      index === 0 ? `${part.slice(0, 1).toUpperCase()}${part.slice(1)}` : part.toUpperCase(),
    )
    .join("-");
}
