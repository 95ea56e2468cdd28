// Reads a log back: the newest whole snapshot, the entries after it and the hard state; finds out what a crash tore, refuses damage.
import type { Entry, HardState, Snapshot } from "../raft/index.ts";
import type { DiskOperation, DiskReader } from "./disk.ts";
import { CorruptionError } from "./errors.ts";
import type { Identity } from "./file-header.ts";
import type { SnapshotPlace } from "./items.ts";
import type { LogPosition } from "./log-position.ts";
import { Replay } from "./replay.ts";
import { numberOfSegment, openSegment, readRecords, type SegmentEnd, segmentName, tornTail } from "./segment.ts";
import { placeOfSnapshot, readSnapshot, snapshotName } from "./snapshot-file.ts";
import { MARK_FILE, SyncedMark } from "./synced-mark.ts";

/** What a member finds of its past: InitialState of a RaftNode, but for the membership at index 0. */
export interface Recovered {
  readonly hardState: HardState | undefined;
  readonly snapshot: Snapshot | undefined;
  /** The entries after the snapshot. */
  readonly entries: readonly Entry[];
  /** The directory held no log; there is a new one now. */
  readonly created: boolean;
  /** Bytes of a write that a crash tore, and that have been cut off. None of them was ever acknowledged. */
  readonly tornBytes: number;
  /** Damaged snapshot files, in words; an older snapshot and the log after it replaced them. */
  readonly damagedSnapshots: readonly string[];
}

/** A segment of the log, as far as its deletion needs it. */
export interface SegmentSpan {
  readonly number: number;
  /** The log's last index when the segment began. */
  readonly startIndex: number;
}

/** All that a Wal needs in order to go on. */
export interface Past {
  readonly recovered: Recovered;
  readonly mark: SyncedMark;
  readonly position: LogPosition;
  readonly segments: readonly SegmentSpan[];
  readonly end: SegmentEnd;
  /** What must be done to the disk before anything else. */
  readonly repairs: readonly DiskOperation[];
}

/** Undefined: there is no log here, at most the beginnings of one. Errors as Wal.open. */
export function recoverPast(
  disk: DiskReader,
  { identity, segmentBytes }: { readonly identity: Identity; readonly segmentBytes: number },
): Past | { readonly mark: SyncedMark | undefined } {
  const names = disk.list();
  const numbers = names.flatMap((name) => numberOfSegment(name) ?? []).sort((a, b) => a - b);
  const hasSnapshot = names.some((name) => placeOfSnapshot(name) !== undefined);
  const mark = readMark(disk, { identity, hasLog: numbers.length > 0, hasSnapshot });
  if (mark === undefined || numbers.length === 0) return { mark };
  const run = lastRun(numbers);
  const replay = new Replay();
  const { segments, end, tornBytes, lastBytes } = readSegments(disk, run, { identity, mark, replay });
  const { snapshot, damagedSnapshots } = chooseSnapshot(disk, { identity, replay, first: run[0] ?? 0 });
  const place = snapshot && { index: snapshot.lastIncludedIndex, term: snapshot.lastIncludedTerm };
  const recovered = {
    hardState: replay.hardStateWith(place),
    snapshot,
    entries: replay.entriesAfter(place),
    created: false,
    tornBytes,
    damagedSnapshots,
  };
  const last = run[run.length - 1] ?? 0;
  const isClean = tornBytes === 0 && mark.sequence === end.sequence - 1;
  const repairs = [
    ...(isClean ? [] : rewriteSegment(segmentName(last), { bytes: lastBytes, end: end.at, segmentBytes })),
    ...(isClean ? [] : mark.raise(end.sequence - 1)),
    ...cleanUp(names, { firstSegment: run[0] ?? 0, snapshots: replay.position.snapshots }),
  ];
  return { recovered, mark, position: replay.position, segments, end, repairs };
}

function readMark(
  disk: DiskReader,
  { identity, hasLog, hasSnapshot }: { identity: Identity; hasLog: boolean; hasSnapshot: boolean },
): SyncedMark | undefined {
  const bytes = disk.read(MARK_FILE);
  if (bytes === undefined && (hasLog || hasSnapshot))
    throw new CorruptionError(MARK_FILE, "it is missing, although there is a log");
  const mark = bytes && SyncedMark.read(bytes, identity);
  if (mark !== undefined && mark.sequence > 0 && !hasLog) {
    throw new CorruptionError(
      segmentName(1),
      `it and all other segments are missing, but ${mark.sequence} records were synced`,
    );
  }
  return mark;
}

/** The last numbers without a gap: segments before a gap were being deleted. */
function lastRun(numbers: readonly number[]): readonly number[] {
  let start = numbers.length - 1;
  while (start > 0 && numbers[start - 1] === (numbers[start] ?? 0) - 1) start--;
  return numbers.slice(start);
}

function readSegments(
  disk: DiskReader,
  numbers: readonly number[],
  { identity, mark, replay }: { identity: Identity; mark: SyncedMark; replay: Replay },
): { segments: SegmentSpan[]; end: SegmentEnd; tornBytes: number; lastBytes: Uint8Array } {
  const segments: SegmentSpan[] = [];
  let end: SegmentEnd | undefined;
  let tornBytes = 0;
  let lastBytes: Uint8Array = new Uint8Array(0);
  for (const number of numbers) {
    const file = segmentName(number);
    const bytes = disk.read(file);
    if (bytes === undefined) throw new CorruptionError(file, "it has just disappeared");
    const segment = openSegment(bytes, { number, identity });
    const { firstSequence, chain } = segment.header;
    if (end !== undefined && (end.sequence !== firstSequence || end.chain !== chain)) {
      throw new CorruptionError(
        segmentName(number - 1),
        `record ${end.sequence} at byte ${end.at}, which was synced, is damaged`,
      );
    }
    let startIndex: number | undefined;
    end = readRecords(segment, (items) => {
      const [first] = items;
      if (startIndex === undefined && first?.type === "position") startIndex = first.lastIndex;
      if (startIndex === undefined) return "a segment does not begin with a position";
      return replay.apply(items);
    });
    segments.push({ number, startIndex: startIndex ?? 0 });
    if (number === numbers[numbers.length - 1]) tornBytes = tornTail(segment, end, mark.sequence);
    lastBytes = bytes;
  }
  if (end === undefined) throw new CorruptionError(MARK_FILE, "there is no segment");
  return { segments, end, tornBytes, lastBytes };
}

/** The newest whole snapshot from which the log goes on without a gap. */
function chooseSnapshot(
  disk: DiskReader,
  { identity, replay, first }: { identity: Identity; replay: Replay; first: number },
): { snapshot: Snapshot | undefined; damagedSnapshots: readonly string[] } {
  const damagedSnapshots: string[] = [];
  let failure: CorruptionError | undefined;
  for (const place of [...replay.position.snapshots].reverse()) {
    if (!replay.reaches(place)) break;
    try {
      const snapshot = readSnapshotAt(disk, place, identity);
      checkTerm(replay, place);
      return { snapshot, damagedSnapshots };
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      failure ??= error;
      damagedSnapshots.push(error.message);
    }
  }
  if (replay.reaches(undefined)) return { snapshot: undefined, damagedSnapshots };
  throw (
    failure ?? new CorruptionError(segmentName(first - 1), "it is missing, and no snapshot stands for what it held")
  );
}

function readSnapshotAt(disk: DiskReader, place: SnapshotPlace, identity: Identity): Snapshot {
  const bytes = disk.read(snapshotName(place));
  if (bytes === undefined) throw new CorruptionError(snapshotName(place), "it is missing");
  return readSnapshot(bytes, { place, identity });
}

function checkTerm(replay: Replay, { index, term }: SnapshotPlace): void {
  const entry = replay.entryAt(index);
  if (entry === undefined || entry.term === term) return;
  throw new CorruptionError(
    snapshotName({ index, term }),
    `its term is ${term}, but that of the log's entry ${index} is ${entry.term}`,
  );
}

/**
 * Writes the last segment anew, aside, without the torn tail. Its last record may have been written without a sync, or after one
 * that failed, and then a page that was never written can pass for clean: only new pages make the next sync mean something.
 */
function rewriteSegment(
  name: string,
  { bytes, end, segmentBytes }: { readonly bytes: Uint8Array; readonly end: number; readonly segmentBytes: number },
): readonly DiskOperation[] {
  const aside = `${name}.new`;
  return [
    { type: "create", name: aside, length: Math.max(segmentBytes, end) },
    { type: "write", name: aside, at: 0, bytes: bytes.subarray(0, end) },
    { type: "sync", name: aside },
    { type: "rename", from: aside, to: name },
    { type: "sync-directory" },
  ];
}

/** Removes what a crash left half done: files written aside, segments and snapshots that nobody needs. */
export function cleanUp(
  names: readonly string[],
  { firstSegment, snapshots }: { readonly firstSegment: number; readonly snapshots: readonly SnapshotPlace[] },
): readonly DiskOperation[] {
  const kept = new Set(snapshots.map(snapshotName));
  const removed = names.filter((name) => {
    const number = numberOfSegment(name);
    if (number !== undefined) return number < firstSegment;
    return name.endsWith(".new") || (placeOfSnapshot(name) !== undefined && !kept.has(name));
  });
  if (removed.length === 0) return [];
  return [...removed.map((name) => ({ type: "remove" as const, name })), { type: "sync-directory" }];
}
