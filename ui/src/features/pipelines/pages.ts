/** They have much in common that no other page has, and are loaded as one. */
export { ComparePipelineRuns } from "./compare";
export { PipelinePage } from "./pipeline-page";
export { Pipelines } from "./pipelines";
export { PipelineRunPage } from "./run-page";
export { PipelineRuns } from "./runs";
export { Schedules } from "./schedules";
export { Triggers } from "./triggers";
