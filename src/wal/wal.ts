// The write-ahead log of one member: Raft's hard state, entries and snapshots. It gives what must be done to the disk as data; a shell
// does it, synchronously in the simulator, asynchronously on Node.
import { assert } from "../base/index.ts";
import type { Entry, HardState, LogIndex, Snapshot } from "../raft/index.ts";
import type { DiskOperation, DiskReader } from "./disk.ts";
import { StorageError } from "./errors.ts";
import type { Identity } from "./file-header.ts";
import type { Item, SnapshotPlace } from "./items.ts";
import { LogPosition } from "./log-position.ts";
import { encodeRecord } from "./record.ts";
import { cleanUp, type Past, type Recovered, recoverPast, type SegmentSpan } from "./recovery.ts";
import { beginSegment, type SegmentEnd, segmentName } from "./segment.ts";
import { snapshotName, writeSnapshot } from "./snapshot-file.ts";
import { SyncedMark } from "./synced-mark.ts";

const SPARE_FILE = "spare.new";
const DEFAULT_SEGMENT_BYTES = 16 * 1024 * 1024;

export interface WalOptions {
  readonly identity: Identity;
  /** 32 random bits, drawn anew for each opening. */
  readonly nonce: number;
  /** Preallocated size of a segment; a larger batch makes a larger one. Default 16 MiB. */
  readonly segmentBytes?: number;
}

/** What a Ready asks to be persisted, together and in this order: the snapshot replaces the log, the entries its end. */
export interface Batch {
  readonly snapshot: Snapshot | undefined;
  readonly entries: readonly Entry[];
  readonly hardState: HardState | undefined;
}

/** Something to do to the disk, in order, stopping at the first failure; then `done` or, after a failure, Wal.fail. */
export interface Work {
  readonly operations: Iterable<DiskOperation>;
  /** Everything has been done: what the work was for is durable. */
  done(): void;
}

export interface OpenedWal {
  readonly wal: Wal;
  readonly recovered: Recovered;
  /** Must be done before anything else, and before anything recovered is relied on. */
  readonly repairs: Work;
}

/**
 * Two lanes of work may be under way at a time, each with one piece: appends (`append`), and what need not be waited for (`saveSnapshot`,
 * `background`). A record is only ever written when everything before it is synced: so a damaged one with another behind it was synced.
 */
export class Wal {
  readonly #identity: Identity;
  readonly #nonce: number;
  readonly #segmentBytes: number;
  readonly #mark: SyncedMark;
  #segments: readonly SegmentSpan[];
  #end: SegmentEnd;
  /** After everything that has been handed out; and after what of that is durable. */
  #position: LogPosition;
  #durable: LogPosition;
  #syncedSequence: number;
  /** For the next record, which they alone do not cause: a commit index may get lost. */
  #lazy: HardState | undefined;
  /** For the next record, which they cause. */
  #due: Item[] = [];
  #spare: "none" | "preparing" | "ready" = "none";
  #appending = false;
  #inBackground = false;
  /** The snapshot files that are there. */
  readonly #snapshotFiles: Set<string>;
  #failure: string | undefined;

  private constructor(
    { identity, nonce, segmentBytes }: Required<WalOptions>,
    past: Omit<Past, "recovered" | "repairs">,
  ) {
    this.#identity = identity;
    this.#nonce = nonce;
    this.#segmentBytes = segmentBytes;
    this.#mark = past.mark;
    this.#segments = past.segments;
    this.#end = past.end;
    this.#position = past.position;
    this.#durable = past.position.copy();
    this.#syncedSequence = past.end.sequence - 1;
    this.#snapshotFiles = new Set(past.position.snapshots.map(snapshotName));
  }

  /**
   * Reads what is there, and creates a log where none is. Throws CorruptionError when something that was synced is damaged or missing,
   * IncompatibleError when the files are another member's or a newer version's, StorageError when reading fails; then nothing changes.
   */
  static open(disk: DiskReader, options: WalOptions): OpenedWal {
    const settings = { segmentBytes: DEFAULT_SEGMENT_BYTES, ...options };
    const past = recoverPast(disk, settings);
    const { repairs, recovered, ...rest } =
      "end" in past ? past : createPast(past.mark, { ...settings, names: disk.list() });
    return { wal: new Wal(settings, rest), recovered, repairs: { operations: repairs, done: () => undefined } };
  }

  get lastIndex(): LogIndex {
    return this.#position.lastIndex;
  }

  /**
   * Makes these batches durable, as one record: one write and one sync, after the snapshots in them. Undefined: nothing needs the disk
   * now; a commit index alone waits for the next record, unless `flush`. Throws StorageError after a failure.
   */
  append(batches: readonly Batch[], { flush = false } = {}): Work | undefined {
    this.#requireAlive();
    assert(!this.#appending, "a record is written only when the one before is synced");
    const items = this.#itemsOf(batches, flush);
    if (items.length === 0) return undefined;
    this.#appending = true;
    const previous = this.#position.copy();
    for (const item of items) {
      const wrong = this.#position.apply(item);
      assert(wrong === undefined, `a batch fits the log: ${wrong}`);
    }
    const position = this.#position.copy();
    const snapshots = batches.flatMap(({ snapshot }) => snapshot ?? []);
    const operations = this.#write(items, previous);
    return {
      operations: snapshots.length === 0 ? operations : this.#withSnapshots(snapshots, operations),
      done: () => {
        this.#appending = false;
        this.#durable = position;
        for (const snapshot of snapshots) this.#snapshotFiles.add(snapshotName(placeOf(snapshot)));
        this.#syncedSequence = this.#end.sequence - 1;
      },
    };
  }

  /** Makes a snapshot of this log's own state durable. When it is done, the next append says so, and the log before it may go. */
  saveSnapshot(snapshot: Snapshot): Work {
    const { lastIncludedIndex: index, lastIncludedTerm: term } = snapshot;
    assert(index <= this.#durable.lastIndex, "a snapshot stands for durable entries");
    return this.#background(writeSnapshot(snapshot, { identity: this.#identity, nonce: this.#nonce }), () => {
      // Meanwhile the leader may have sent a later one, which replaced the log.
      const latest = this.#position.snapshots[this.#position.snapshots.length - 1];
      if (latest === undefined || latest.index < index) this.#due.push({ type: "compacted", index, term });
      this.#snapshotFiles.add(snapshotName({ index, term }));
    });
  }

  /** Whether a saved snapshot waits for an append, even one of nothing. */
  get isAppendDue(): boolean {
    return this.#due.length > 0;
  }

  /**
   * What can be done beside the appends: removing what a snapshot stands for, preparing the next segment, and when `idle` the synced
   * mark. Undefined when there is nothing to do, or some of it is under way.
   */
  background({ idle }: { readonly idle: boolean }): Work | undefined {
    this.#requireAlive();
    if (this.#inBackground) return undefined;
    return this.#prune() ?? this.#prepareSpare() ?? (idle ? this.#raiseMark() : undefined);
  }

  /** The disk failed: nothing more is written, for nobody knows what is durable. Gives back the error to stop with. */
  fail(cause: unknown): StorageError {
    this.#failure ??= cause instanceof Error ? cause.message : String(cause);
    return new StorageError(this.#failure, { cause });
  }

  #requireAlive(): void {
    if (this.#failure !== undefined) throw new StorageError(this.#failure);
  }

  #itemsOf(batches: readonly Batch[], flush: boolean): Item[] {
    const items: Item[] = this.#due;
    this.#due = [];
    let hardState = this.#lazy;
    let urgent = flush && hardState !== undefined;
    const promised = this.#position.hardState;
    for (const batch of batches) {
      if (batch.snapshot !== undefined) items.push(installed(batch.snapshot));
      for (const entry of batch.entries) items.push({ type: "entry", entry });
      hardState = batch.hardState ?? hardState;
    }
    if (hardState !== undefined) urgent ||= flush || !samePromise(promised, hardState);
    const isNeeded = urgent || items.length > 0;
    this.#lazy = isNeeded ? undefined : hardState;
    if (isNeeded && hardState !== undefined) items.push({ type: "hard state", hardState });
    return items;
  }

  /** The record's write and sync, into the present segment or, when that is full, into the next one. */
  #write(items: readonly Item[], previous: LogPosition): readonly DiskOperation[] {
    const { sequence, chain, salt, at } = this.#end;
    const record = encodeRecord(items, { sequence, previous: chain, salt });
    const end = at + record.bytes.length;
    if (end > this.#segmentBytes) return this.#writeSegment(items, previous);
    this.#end = { sequence: sequence + 1, chain: record.chain, salt, at: end };
    const name = segmentName(this.#lastSegment);
    return [
      { type: "write", name, at, bytes: record.bytes },
      { type: "sync", name },
    ];
  }

  /** Content first, name afterwards: a segment that has its name begins with a whole record. */
  #writeSegment(items: readonly Item[], previous: LogPosition): readonly DiskOperation[] {
    const number = this.#lastSegment + 1;
    const { sequence: firstSequence, chain } = this.#end;
    const header = { identity: this.#identity, nonce: this.#nonce, number, firstSequence, chain };
    const { bytes, end } = beginSegment([...previous.items, ...items], header);
    this.#end = end;
    this.#segments = [...this.#segments, { number, startIndex: previous.lastIndex }];
    const to = segmentName(number);
    const isSpare = this.#spare === "ready";
    const from = isSpare ? SPARE_FILE : `${to}.new`;
    if (isSpare) this.#spare = "none";
    return [
      ...(isSpare ? [] : [{ type: "create" as const, name: from, length: Math.max(this.#segmentBytes, bytes.length) }]),
      ...named(bytes, { from, to }),
    ];
  }

  *#withSnapshots(snapshots: readonly Snapshot[], operations: readonly DiskOperation[]): Generator<DiskOperation> {
    for (const snapshot of snapshots) yield* writeSnapshot(snapshot, { identity: this.#identity, nonce: this.#nonce });
    yield* operations;
  }

  get #lastSegment(): number {
    return this.#segments[this.#segments.length - 1]?.number ?? 0;
  }

  #background(operations: Iterable<DiskOperation>, done: () => void): Work {
    this.#requireAlive();
    assert(!this.#inBackground, "one piece of background work at a time");
    this.#inBackground = true;
    const finish = () => {
      this.#inBackground = false;
      done();
    };
    return { operations, done: finish };
  }

  /** Removes segments of which the oldest kept snapshot stands for everything, and snapshots that are not kept. */
  #prune(): Work | undefined {
    const { compactedIndex } = this.#durable;
    // What a segment holds that is still part of the log ends where the next one begins.
    const kept = this.#segments.findLastIndex(({ startIndex }) => startIndex <= compactedIndex);
    const removed = this.#segments.slice(0, Math.max(0, kept));
    const due = this.#due.flatMap((item) => (item.type === "compacted" ? [item] : []));
    const needed = new Set([...this.#durable.snapshots, ...this.#position.snapshots, ...due].map(snapshotName));
    const snapshots = [...this.#snapshotFiles].filter((name) => !needed.has(name));
    if (removed.length === 0 && snapshots.length === 0) return undefined;
    this.#segments = this.#segments.slice(removed.length);
    for (const name of snapshots) this.#snapshotFiles.delete(name);
    const names = [...removed.map(({ number }) => segmentName(number)), ...snapshots];
    const operations: DiskOperation[] = names.map((name) => ({ type: "remove", name }));
    return this.#background([...operations, { type: "sync-directory" }], () => undefined);
  }

  /** Zeros for the next segment, once the present one is half full. */
  #prepareSpare(): Work | undefined {
    if (this.#spare !== "none" || this.#end.at * 2 < this.#segmentBytes) return undefined;
    this.#spare = "preparing";
    const operations: DiskOperation[] = [
      { type: "create", name: SPARE_FILE, length: this.#segmentBytes },
      { type: "sync", name: SPARE_FILE },
    ];
    return this.#background(operations, () => {
      this.#spare = "ready";
    });
  }

  #raiseMark(): Work | undefined {
    if (this.#mark.sequence >= this.#syncedSequence) return undefined;
    return this.#background(this.#mark.raise(this.#syncedSequence), () => undefined);
  }
}

/** What begins a log in a directory that has none. */
function createPast(
  found: SyncedMark | undefined,
  { identity, nonce, segmentBytes, names }: Required<WalOptions> & { readonly names: readonly string[] },
): Past {
  const created = found === undefined ? SyncedMark.create(identity, nonce) : undefined;
  const mark = found ?? created?.mark;
  assert(mark !== undefined, "a mark is found or created");
  const position = new LogPosition();
  const to = segmentName(1);
  const from = `${to}.new`;
  const header = { identity, nonce, number: 1, firstSequence: 1, chain: 0 };
  const { bytes, end } = beginSegment(position.items, header);
  const repairs: DiskOperation[] = [
    ...cleanUp(names, { firstSegment: 1, snapshots: [] }),
    ...(created?.operations ?? []),
    { type: "create", name: from, length: Math.max(segmentBytes, bytes.length) },
    ...named(bytes, { from, to }),
    ...mark.raise(1),
  ];
  const nothing = { hardState: undefined, snapshot: undefined, entries: [], tornBytes: 0, damagedSnapshots: [] };
  const segments = [{ number: 1, startIndex: 0 }];
  return { recovered: { ...nothing, created: true }, mark, position, segments, end, repairs };
}

/** Writes the head of a file under another name, syncs it, and gives it its name for good. */
function named(
  bytes: Uint8Array,
  { from, to }: { readonly from: string; readonly to: string },
): readonly DiskOperation[] {
  return [
    { type: "write", name: from, at: 0, bytes },
    { type: "sync", name: from },
    { type: "rename", from, to },
    { type: "sync-directory" },
  ];
}

function installed(snapshot: Snapshot): Item {
  return { type: "installed", ...placeOf(snapshot) };
}

function placeOf({ lastIncludedIndex: index, lastIncludedTerm: term }: Snapshot): SnapshotPlace {
  return { index, term };
}

/** Whether two hard states differ at most in the commit index. */
function samePromise(a: HardState | undefined, b: HardState): boolean {
  return a !== undefined && a.currentTerm === b.currentTerm && a.votedFor === b.votedFor;
}
