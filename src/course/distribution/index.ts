// The distribution of a score: a config with many seeds in virtual time.
export { type ConfigDistribution, distributionsOf } from "./distribution.ts";
export { MemoryDisk } from "./memory-disk.ts";
export { runEventOf, runOwnReplica } from "./own-replica.ts";
export { type RunSample, sampleOf } from "./sample.ts";
export { formatDistributions } from "./tables.ts";
