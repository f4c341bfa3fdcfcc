export { APPROVER, approve } from "./approval.ts";
export {
  type Environment,
  git,
  gitlab,
  projectPath,
  pulumi,
  required,
  type StackOutputs,
  stackOutputs,
} from "./environment.ts";
export { expectStatus, followPipeline, type PipelineQuery, type PipelineResult } from "./pipelines.ts";
export { ask, curlCommand, type ModelVersion } from "./prediction.ts";
export { type PressureOrder, press } from "./pressure/pressure.ts";
export { findProblems } from "./pressure/problems.ts";
export type { Delivery, PressedVersion, PressureResult } from "./pressure/result.ts";
export {
  clone,
  followRelease,
  type ModelProject,
  modelProject,
  newDeveloper,
  nextVersion,
  pushTag,
  type Release,
  refusedTag,
  release,
  releaseUnprotected,
} from "./release.ts";
export { CommandFailed, openRunLog, type RunLog } from "./run-log.ts";
export { type StepWork, step } from "./steps.ts";
