// A disk in memory, in place of a replica's state file: what a virtual run restarts from.
import type { Entry, HardState, Ready, Snapshot } from "../../raft/index.ts";
import type { CourseReplicaOptions } from "../replica/index.ts";

/** Keeps what each Ready wants durable, and when the replica first started, the way the state file does. */
export class MemoryDisk {
  readonly #bornAt: number;
  #snapshot: Snapshot | undefined;
  #entries: readonly Entry[] = [];
  #hardState: HardState | undefined;

  /** `bornAt`: when the replica with this disk starts for the first time, in ms of the run. */
  constructor({ bornAt }: { bornAt: number }) {
    this.#bornAt = bornAt;
  }

  /** What a replica with this disk starts from, and where it saves. */
  past(): Required<Pick<CourseReplicaOptions, "bornAt" | "restored" | "persist">> {
    const [snapshot, entries, hardState] = [this.#snapshot, this.#entries, this.#hardState];
    return {
      bornAt: this.#bornAt,
      restored: { entries, ...(snapshot && { snapshot }), ...(hardState && { hardState }) },
      persist: (ready) => this.#save(ready),
    };
  }

  #save({ snapshot, entries, hardState }: Ready): void {
    if (snapshot !== undefined) {
      this.#snapshot = snapshot;
      this.#entries = [];
    }
    const [first] = entries;
    if (first !== undefined) this.#entries = [...this.#entries.filter(({ index }) => index < first.index), ...entries];
    this.#hardState = hardState ?? this.#hardState;
  }
}
