// A config in virtual time with this project's own replica: what `keelson course` does with processes, in a tenth of a second.
import { type RunEvent, TRACE_FORMAT, TRACE_VERSION, type TraceEvent } from "../../trace/index.ts";
import { clientIds, replicaIds } from "../protocol.ts";
import { CourseReplica, courseSettings } from "../replica/index.ts";
import type { CourseConfig } from "../runner/config.ts";
import type { RunResult } from "../runner/result.ts";
import { runVirtually, type VirtualReplicaFactory } from "../runner/virtual-host.ts";
import { MemoryDisk } from "./memory-disk.ts";

/** One run: a function of config and seed, nothing else. `observe` is told everything that happens. */
export function runOwnReplica(
  config: CourseConfig,
  { seed, observe }: { readonly seed: string; readonly observe?: (event: TraceEvent) => void },
): RunResult {
  const makeReplica = ownReplicas();
  return runVirtually({ config, seed, tickMs: courseSettings.raft.tickMs, makeReplica, ...(observe && { observe }) });
}

/** How the trace of such a run begins. */
export function runEventOf(config: CourseConfig, { seed, producer }: { seed: string; producer: string }): RunEvent {
  return {
    type: "run",
    at: 0,
    format: TRACE_FORMAT,
    version: TRACE_VERSION,
    producer,
    name: config.name,
    seed,
    replicas: replicaIds(config.replicas),
    clients: clientIds(config.replicas),
    config: JSON.parse(JSON.stringify(config)),
  };
}

/** Replicas of one run; one that is restarted finds its disk again, as with the runner's state directories. */
function ownReplicas(): VirtualReplicaFactory {
  const disks = new Map<string, MemoryDisk>();
  return ({ id, others, seed, now }) => {
    const disk = disks.get(id) ?? new MemoryDisk({ bornAt: now });
    disks.set(id, disk);
    return new CourseReplica({ id, others, seed, now, ...disk.past() });
  };
}
