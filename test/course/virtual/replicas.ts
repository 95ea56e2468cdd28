// The real course replica under the runner in virtual time, with a disk in memory that a restart finds again, or does not.
import { MemoryDisk } from "../../../src/course/distribution/index.ts";
import { CourseReplica } from "../../../src/course/replica/course-replica.ts";
import { courseSettings } from "../../../src/course/replica/settings.ts";
import {
  type CourseConfig,
  type RunResult,
  runVirtually,
  type VirtualReplicaFactory,
} from "../../../src/course/runner/index.ts";

/** What a killed replica finds when it starts again. */
export type Memory = "kept" | "lost";

/** Runs a config with course replicas, as their processes would run it. */
export function runReplicas(config: CourseConfig, { seed, memory }: { seed: string; memory: Memory }): RunResult {
  return runVirtually({ config, seed, tickMs: courseSettings.raft.tickMs, makeReplica: replicasWith(memory) });
}

function replicasWith(memory: Memory): VirtualReplicaFactory {
  const disks = new Map<string, MemoryDisk>();
  return ({ id, others, seed, now }) => {
    const found = memory === "kept" ? disks.get(id) : undefined;
    const disk = found ?? new MemoryDisk({ bornAt: now });
    disks.set(id, disk);
    return new CourseReplica({ id, others, seed, now, ...disk.past() });
  };
}
