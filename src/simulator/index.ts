// The simulator: clusters of real replicas in virtual time, under faults drawn from a seed, watched by three oracles.
export { Coverage, situations } from "./coverage.ts";
export { haveDisjointQuorums, isQuorumOf, subsetsOf } from "./quorums.ts";
export { type Oracle, type SeedReport, type SimulateOptions, simulateSeed, type Violation } from "./simulate-seed.ts";
