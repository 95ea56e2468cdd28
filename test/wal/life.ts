// Lives through a seeded life of a log on a disk, and judges what a log finds again.
import assert from "node:assert/strict";
import type { Prng } from "../../src/base/index.ts";
import type { Snapshot } from "../../src/raft/index.ts";
import type { DiskOperation, Recovered, Wal, Work } from "../../src/wal/index.ts";
import type { CrashDisk } from "./crash-disk.ts";
import {
  describe,
  drawStep,
  EMPTY_MODEL,
  type LogModel,
  lastIndexOf,
  modelAfter,
  openOn,
  snapshotAt,
} from "./workload.ts";

/** What a log must hold. The models keep every entry since the last snapshot from a leader; local snapshots stand beside. */
export interface Expectation {
  /** Acknowledged: this at least must be found. */
  readonly acknowledged: LogModel;
  /** With what was being written: this may be found, but nothing between or beyond. */
  readonly written: LogModel;
  /** Local snapshots by index. */
  readonly snapshots: ReadonlyMap<number, Snapshot>;
  /** The last one that the log knows for certain. */
  readonly snapshotIndex: number;
}

export class Life {
  readonly disk: CrashDisk;
  readonly #prng: Prng;
  /** Called before each operation, and after the last of each work. */
  readonly #atBoundary: (life: Life, next: DiskOperation | undefined) => void;
  #wal: Wal | undefined;
  #acknowledged = EMPTY_MODEL;
  #written = EMPTY_MODEL;
  readonly #snapshots = new Map<number, Snapshot>();
  #snapshotIndex = 0;
  #savedIndex = 0;

  constructor(
    disk: CrashDisk,
    { prng, atBoundary }: { prng: Prng; atBoundary: (life: Life, next: DiskOperation | undefined) => void },
  ) {
    this.disk = disk;
    this.#prng = prng;
    this.#atBoundary = atBoundary;
  }

  get expectation(): Expectation {
    return {
      acknowledged: this.#acknowledged,
      written: this.#written,
      snapshots: this.#snapshots,
      snapshotIndex: this.#snapshotIndex,
    };
  }

  get wal(): Wal {
    assert(this.#wal !== undefined, "the log is open");
    return this.#wal;
  }

  open(): Recovered {
    const { wal, recovered } = openOn(this.disk, (operation) => this.#run(operation));
    this.#atBoundary(this, undefined);
    this.#wal = wal;
    return recovered;
  }

  step(): void {
    const step = drawStep(this.#written, this.#prng);
    if (step.type === "background") this.#perform(this.wal.background(step));
    if (step.type === "snapshot") this.#saveSnapshot();
    if (step.type === "batch") {
      this.#written = modelAfter(this.#written, step.batch);
      const work = this.wal.append([step.batch]);
      // A commit index alone is not written.
      if (work === undefined) this.#acknowledged = this.#written;
      else this.#append(work, step.batch.snapshot);
    }
  }

  /** As a shell ends: everything is written, and the mark says so. */
  close(): void {
    this.#append(this.wal.append([], { flush: true }), undefined);
    for (
      let work = this.wal.background({ idle: true });
      work !== undefined;
      work = this.wal.background({ idle: true })
    ) {
      this.#perform(work);
    }
  }

  #append(work: Work | undefined, installed: Snapshot | undefined): void {
    const saved = this.#savedIndex;
    this.#perform(work, () => {
      this.#acknowledged = this.#written;
      this.#snapshotIndex = Math.max(this.#snapshotIndex, saved, installed?.lastIncludedIndex ?? 0);
    });
  }

  #saveSnapshot(): void {
    const index = this.#written.hardState?.commitIndex ?? 0;
    const entry = this.#written.entries.find((each) => each.index === index);
    if (entry === undefined || this.#snapshots.has(index)) return;
    const snapshot = snapshotAt(entry, this.#prng);
    this.#snapshots.set(index, snapshot);
    this.#perform(this.wal.saveSnapshot(snapshot));
    this.#savedIndex = index;
    if (this.#prng.chance(0.7)) this.#append(this.wal.append([]), undefined);
  }

  #perform(work: Work | undefined, acknowledge: () => void = () => undefined): void {
    if (work === undefined) return;
    for (const operation of work.operations) this.#run(operation);
    work.done();
    acknowledge();
    this.#atBoundary(this, undefined);
  }

  #run(operation: DiskOperation): void {
    this.#atBoundary(this, operation);
    this.disk.run(operation);
  }
}

/** Throws unless what was recovered holds everything acknowledged, and nothing but what was written. */
export function judge(recovered: Recovered, { acknowledged, written, snapshots, snapshotIndex }: Expectation): void {
  const { snapshot, hardState, entries } = recovered;
  const index = snapshot?.lastIncludedIndex ?? 0;
  const found = describe(recovered);
  const allowed = [acknowledged, written].map((model) => describe(cutAt(model, index, snapshots)));
  assert(allowed.includes(found), `found ${found}\nacknowledged ${allowed[0]}\nwritten ${allowed[1]}`);
  const installed = [acknowledged.snapshot, written.snapshot];
  if (snapshot !== undefined) {
    const originals = [snapshots.get(index), ...installed].filter((each) => each?.lastIncludedIndex === index);
    assert(
      originals.some((each) => sameSnapshot(each, snapshot)),
      `the snapshot of ${index} is what was saved`,
    );
  }
  assert(
    index >= snapshotIndex || recovered.damagedSnapshots.length > 0,
    `the snapshot of ${snapshotIndex} is used, not ${index}`,
  );
  const last = lastIndexOf({ hardState, snapshot, entries });
  const commitIndex = hardState?.commitIndex ?? 0;
  assert(
    commitIndex <= last && commitIndex >= (hardState === undefined ? 0 : index),
    "the commit index lies in the log",
  );
  assert(commitIndex <= Math.max(written.hardState?.commitIndex ?? 0, index), "no commit index is invented");
}

/** The model as it is when a snapshot of this index stands for its beginning. */
function cutAt(model: LogModel, index: number, snapshots: ReadonlyMap<number, Snapshot>): LogModel {
  const from = model.snapshot?.lastIncludedIndex ?? 0;
  if (index === from) return model;
  const snapshot = snapshots.get(index);
  return { ...model, snapshot, entries: model.entries.filter((entry) => entry.index > index) };
}

function sameSnapshot(a: Snapshot | undefined, b: Snapshot): boolean {
  const text = ({ state, ...rest }: Snapshot) => JSON.stringify({ ...rest, state: [...state] });
  return a !== undefined && text(a) === text(b);
}
