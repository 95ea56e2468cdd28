// The simulator: clusters of real replicas in virtual time, under faults drawn from a seed, watched by three oracles.
export { addCoverage, type Coverage, type Situation, situations, unwanted } from "./coverage.ts";
export type { Action, Boundary, Decision, Incident, OperationRequest, OutsiderState, Outsiders } from "./decisions.ts";
export type { Disk } from "./disk/disk.ts";
export { drawSettings } from "./draw-settings.ts";
export type { Recovery } from "./liveness.ts";
export { haveDisjointQuorums, isQuorumOf, subsetsOf } from "./quorums.ts";
export type { Settings } from "./settings.ts";
export { defaultSettings, runScenario, type Scenario, scenarioOf } from "./shrink/scenario.ts";
export type { Sameness } from "./shrink/search.ts";
export { type ShrinkOptions, type ShrinkProgress, type ShrinkResult, shrink, shrinking } from "./shrink/shrink.ts";
export { type SeedReport, type SimulateOptions, simulateSeed } from "./simulate-seed.ts";
export type { Oracle, Violation } from "./violation.ts";
