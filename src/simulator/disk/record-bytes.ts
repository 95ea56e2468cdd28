// The bytes of a replica's log file: records with a length and a checksum that also covers the record before, so that a file that lost
// one in the middle ends there.
import type { Entry, HardState, Membership, Snapshot } from "../../raft/index.ts";
import { decodeAscii, encodeAscii } from "../ascii.ts";
import { HASH_START, hashBytes, mix } from "../hash.ts";

/** What one write makes durable, all of it or nothing; as Ready gives it. */
export interface StorageRecord {
  readonly snapshot: Snapshot | undefined;
  readonly entries: readonly Entry[];
  readonly hardState: HardState | undefined;
}

/** Length and checksum. */
const HEADER_BYTES = 8;
/** A length beyond this is garbage. */
const RECORD_BYTES_MAX = 1 << 24;

/** Grows to the longest record that was ever written. */
let scratch = new Uint8Array(4096);

/** The record's bytes, and the checksum that the next record begins with. `sequence` numbers the records of a replica. */
export function encodeRecord(
  record: StorageRecord,
  { previous, sequence }: { previous: number; sequence: number },
): { bytes: Uint8Array; checksum: number } {
  const writer = new Writer(HEADER_BYTES);
  writer.uint(sequence);
  writeHardState(writer, record.hardState);
  writer.uint(record.snapshot === undefined ? 0 : 1);
  if (record.snapshot !== undefined) writeSnapshot(writer, record.snapshot);
  writer.uint(record.entries.length);
  for (const entry of record.entries) writeEntry(writer, entry);
  const length = writer.length - HEADER_BYTES;
  const checksum = hashBytes(mix(mix(HASH_START, previous), length), scratch, HEADER_BYTES, writer.length);
  writer.at(0, length);
  writer.at(4, checksum);
  return { bytes: scratch.slice(0, writer.length), checksum };
}

/** What the whole records of a file say. */
export interface DecodedRecords {
  readonly records: readonly StorageRecord[];
  /** Of the last one. */
  readonly checksum: number;
  readonly sequence: number;
  /** Bytes up to the first record that is torn or garbage. */
  readonly validBytes: number;
}

/** Reads a file's records, up to the first one that is torn or garbage. */
export function decodeRecords(bytes: Uint8Array): DecodedRecords {
  const records: StorageRecord[] = [];
  let checksum = 0;
  let sequence = 0;
  let at = 0;
  while (at + HEADER_BYTES <= bytes.length) {
    const length = uintAt(bytes, at);
    const end = at + HEADER_BYTES + length;
    if (length === 0 || length > RECORD_BYTES_MAX || end > bytes.length) break;
    const expected = hashBytes(mix(mix(HASH_START, checksum), length), bytes, at + HEADER_BYTES, end);
    if (uintAt(bytes, at + 4) !== expected) break;
    const reader = new Reader(bytes.subarray(at + HEADER_BYTES, end));
    sequence = reader.uint();
    records.push(readRecord(reader));
    checksum = expected;
    at = end;
  }
  return { records, checksum, sequence, validBytes: at };
}

function writeHardState(writer: Writer, hardState: HardState | undefined): void {
  writer.uint(hardState === undefined ? 0 : 1);
  if (hardState === undefined) return;
  writer.uint(hardState.currentTerm);
  writer.text(hardState.votedFor ?? "");
  writer.uint(hardState.commitIndex);
}

function writeSnapshot(writer: Writer, snapshot: Snapshot): void {
  writer.uint(snapshot.lastIncludedIndex);
  writer.uint(snapshot.lastIncludedTerm);
  writer.text(JSON.stringify(snapshot.membership));
  writer.bytes(snapshot.state);
}

const KINDS: readonly Entry["type"][] = ["command", "no-op", "membership"];

function writeEntry(writer: Writer, entry: Entry): void {
  writer.uint(entry.index);
  writer.uint(entry.term);
  writer.uint(KINDS.indexOf(entry.type));
  if (entry.type === "command") writer.bytes(entry.command);
  if (entry.type === "membership") writer.text(JSON.stringify(entry.membership));
}

function readRecord(reader: Reader): StorageRecord {
  const hardState = reader.uint() === 1 ? readHardState(reader) : undefined;
  const snapshot = reader.uint() === 1 ? readSnapshot(reader) : undefined;
  const count = reader.uint();
  const entries: Entry[] = [];
  for (let each = 0; each < count; each++) entries.push(readEntry(reader));
  return { snapshot, entries, hardState };
}

function readHardState(reader: Reader): HardState {
  const currentTerm = reader.uint();
  const votedFor = reader.text();
  return { currentTerm, votedFor: votedFor === "" ? undefined : votedFor, commitIndex: reader.uint() };
}

function readSnapshot(reader: Reader): Snapshot {
  const lastIncludedIndex = reader.uint();
  const lastIncludedTerm = reader.uint();
  return { lastIncludedIndex, lastIncludedTerm, membership: readMembership(reader), state: reader.bytes() };
}

function readEntry(reader: Reader): Entry {
  const place = { index: reader.uint(), term: reader.uint() };
  const kind = KINDS[reader.uint()];
  if (kind === "command") return { ...place, type: "command", command: reader.bytes() };
  if (kind === "membership") return { ...place, type: "membership", membership: readMembership(reader) };
  return { ...place, type: "no-op" };
}

function readMembership(reader: Reader): Membership {
  // The checksum has shown that this is what writeSnapshot or writeEntry wrote.
  return JSON.parse(reader.text()) as Membership;
}

function uintAt(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** Writes into the scratch buffer. */
class Writer {
  length: number;

  constructor(length: number) {
    this.length = length;
  }

  uint(value: number): void {
    this.#reserve(4);
    this.at(this.length, value);
    this.length += 4;
  }

  at(place: number, value: number): void {
    scratch[place] = value >>> 24;
    scratch[place + 1] = (value >>> 16) & 0xff;
    scratch[place + 2] = (value >>> 8) & 0xff;
    scratch[place + 3] = value & 0xff;
  }

  bytes(bytes: Uint8Array): void {
    this.uint(bytes.length);
    this.#reserve(bytes.length);
    scratch.set(bytes, this.length);
    this.length += bytes.length;
  }

  text(text: string): void {
    this.bytes(encodeAscii(text));
  }

  #reserve(bytes: number): void {
    if (this.length + bytes <= scratch.length) return;
    const larger = new Uint8Array(2 * (this.length + bytes));
    larger.set(scratch);
    scratch = larger;
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  uint(): number {
    this.#at += 4;
    return uintAt(this.#bytes, this.#at - 4);
  }

  bytes(): Uint8Array {
    const length = this.uint();
    this.#at += length;
    return this.#bytes.slice(this.#at - length, this.#at);
  }

  text(): string {
    return decodeAscii(this.bytes());
  }
}
