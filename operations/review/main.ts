/** `npm run review`: what it does and ends with is in `options.ts`. */
import { run } from "@tag-to-endpoint/command-line";
import { reviewCommand } from "./options.ts";

const program = reviewCommand(async (options) => {
  const { reviewStack } = await import("./review-stack.ts");
  return reviewStack(options);
});
await run(program);
