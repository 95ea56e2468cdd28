// The course's world: configs in, replicas of any language driven through them, results out.
export { type CampaignOptions, type LoadedConfig, runCampaign, seedsFrom } from "./campaign.ts";
export { type ConfigResult, type CourseConfig, parseConfig } from "./config.ts";
export { killAllReplicas } from "./process-groups.ts";
export { ProgressDisplay } from "./progress-display.ts";
export { type ReplicaCommand, resolveReplica } from "./replica-command.ts";
export type { RunResult } from "./result.ts";
export { RunDirectoryError } from "./run-directory.ts";
export {
  runVirtually,
  type VirtualReplica,
  type VirtualReplicaFactory,
  type VirtualRunOptions,
} from "./virtual-host.ts";
