// One segment: a preallocated file that begins with a header and its first record, both synced before the file got its name.
import { hex, isZero } from "./bytes.ts";
import { CorruptionError } from "./errors.ts";
import { encodeFileHeader, type FileHeader, type Identity, readFileHeader, saltOf } from "./file-header.ts";
import type { Item } from "./items.ts";
import { decodeRecord, encodeRecord, findLaterRecord, SECTOR_BYTES } from "./record.ts";

export function segmentName(number: number): string {
  return `${hex(number, 16)}.wal`;
}

/** The number that a file's name speaks of; undefined when it is not the name of a segment. */
export function numberOfSegment(name: string): number | undefined {
  const found = /^([0-9a-f]{16})\.wal$/.exec(name);
  return found === null ? undefined : Number(`0x${found[1]}`);
}

/** Where the next record goes. */
export interface SegmentEnd {
  readonly sequence: number;
  readonly chain: number;
  readonly salt: number;
  readonly at: number;
}

/** The bytes with which a segment begins, and where it goes on. */
export function beginSegment(
  items: readonly Item[],
  header: Omit<FileHeader, "kind">,
): { bytes: Uint8Array; end: SegmentEnd } {
  const head = encodeFileHeader({ ...header, kind: "segment" });
  const salt = saltOf(head);
  const sequence = header.firstSequence;
  const record = encodeRecord(items, { sequence, previous: header.chain, salt });
  const bytes = new Uint8Array(SECTOR_BYTES + record.bytes.length);
  bytes.set(head);
  bytes.set(record.bytes, SECTOR_BYTES);
  return { bytes, end: { sequence: sequence + 1, chain: record.chain, salt, at: bytes.length } };
}

/** A segment that is being read. */
export interface OpenSegment {
  readonly file: string;
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly header: FileHeader;
}

/** Throws CorruptionError when the header is damaged, IncompatibleError when it is foreign or newer. */
export function openSegment(
  bytes: Uint8Array,
  { number, identity }: { number: number; identity: Identity },
): OpenSegment {
  const file = segmentName(number);
  const header = readFileHeader(bytes, { file, kind: "segment", identity });
  if (header.number !== number) throw new CorruptionError(file, `it is segment ${header.number} under another's name`);
  return { file, number, bytes, header };
}

/** Gives every whole record to `take`, in order, and says where they end. Throws CorruptionError when even the first is not whole. */
export function readRecords(segment: OpenSegment, take: (items: readonly Item[]) => string | undefined): SegmentEnd {
  const { file, bytes, header } = segment;
  const salt = saltOf(bytes);
  let { firstSequence: sequence, chain } = header;
  let at = SECTOR_BYTES;
  for (;;) {
    const record = decodeRecord(bytes, at, { sequence, previous: chain, salt });
    if (record === undefined) break;
    const wrong = take(record.items);
    if (wrong !== undefined) throw new CorruptionError(file, `record ${sequence}: ${wrong}`);
    chain = record.chain;
    at = record.end;
    sequence++;
  }
  if (at === SECTOR_BYTES)
    throw new CorruptionError(file, `its first record (${sequence}), which was synced, is damaged`);
  return { sequence, chain, salt, at };
}

/**
 * Bytes after the last whole record of the last segment that a crash left there. Throws CorruptionError when something there was
 * synced: a record after it, or the mark, says so.
 */
export function tornTail({ file, bytes }: OpenSegment, end: SegmentEnd, syncedSequence: number): number {
  const damaged = `record ${end.sequence} at byte ${end.at} is damaged or missing`;
  if (end.sequence <= syncedSequence) {
    throw new CorruptionError(file, `${damaged}, but everything up to record ${syncedSequence} was synced`);
  }
  const later = findLaterRecord(bytes, { from: end.at, sequence: end.sequence, salt: end.salt });
  if (later !== undefined)
    throw new CorruptionError(file, `${damaged}, but it was synced before the one at byte ${later}`);
  if (isZero(bytes, { from: end.at })) return 0;
  let last = bytes.length;
  while (bytes[last - 1] === 0) last--;
  return last - end.at;
}
