// The real course replica in virtual time, with a disk in memory: what its process would find again after a restart, or has lost.
import { CourseReplica } from "../../../src/course/replica/course-replica.ts";
import { courseSettings } from "../../../src/course/replica/settings.ts";
import { type CourseConfig, type RunResult, runVirtually, type VirtualReplicaFactory } from "../../../src/course/runner/index.ts";
import type { Entry, HardState, Ready, Snapshot } from "../../../src/raft/index.ts";

/** What a killed replica finds when it starts again. */
export type Memory = "kept" | "lost";

/** Runs a config with course replicas, as their processes would run it. */
export function runReplicas(config: CourseConfig, { seed, memory }: { seed: string; memory: Memory }): RunResult {
  return runVirtually({ config, seed, tickMs: courseSettings.raft.tickMs, makeReplica: replicasWith(memory) });
}

function replicasWith(memory: Memory): VirtualReplicaFactory {
  const disks = new Map<string, Disk>();
  return ({ id, others, seed, now }) => {
    const found = memory === "kept" ? disks.get(id) : undefined;
    const disk = found ?? new Disk();
    disks.set(id, disk);
    const past = found && { restored: found.restored() };
    return new CourseReplica({ id, others, seed, now, ...past, persist: (ready) => disk.save(ready) });
  };
}

/** Keeps what each Ready wants durable, the way the state file does. */
class Disk {
  #snapshot: Snapshot | undefined;
  #entries: readonly Entry[] = [];
  #hardState: HardState | undefined;

  save({ snapshot, entries, hardState }: Ready): void {
    if (snapshot !== undefined) {
      this.#snapshot = snapshot;
      this.#entries = [];
    }
    const [first] = entries;
    if (first !== undefined) this.#entries = [...this.#entries.filter(({ index }) => index < first.index), ...entries];
    this.#hardState = hardState ?? this.#hardState;
  }

  restored() {
    const [snapshot, entries, hardState] = [this.#snapshot, this.#entries, this.#hardState];
    return { entries, ...(snapshot && { snapshot }), ...(hardState && { hardState }) };
  }
}
