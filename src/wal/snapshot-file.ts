// A snapshot's file: written aside, synced, renamed, the directory synced; its state in chunks with a checksum each.

import { crc32c } from "../base/index.ts";
import type { Snapshot } from "../raft/index.ts";
import { encodeText, hex, setUint64, uint64, viewOf } from "./bytes.ts";
import type { DiskOperation } from "./disk.ts";
import { CorruptionError } from "./errors.ts";
import { encodeFileHeader, FILE_HEADER_BYTES, type Identity, readFileHeader, saltOf } from "./file-header.ts";
import { decodeMembership, type SnapshotPlace } from "./items.ts";

const SUFFIX = ".snap";
const NEW_SNAPSHOT_SUFFIX = ".snap.new";
const CHUNK_BYTES = 1024 * 1024;
/** Checksum and length. */
const CHUNK_HEADER_BYTES = 8;
/** Index, term, length of the state, length of the membership; then the membership; then the checksum of all this. */
const HEAD_BYTES = 28;

export function snapshotName({ index, term }: SnapshotPlace): string {
  return `${hex(index, 16)}-${hex(term, 16)}${SUFFIX}`;
}

/** The place that a file's name speaks of; undefined when it is not the name of a snapshot. */
export function placeOfSnapshot(name: string): SnapshotPlace | undefined {
  const found = /^([0-9a-f]{16})-([0-9a-f]{16})\.snap$/.exec(name);
  return found === null ? undefined : { index: Number(`0x${found[1]}`), term: Number(`0x${found[2]}`) };
}

/** Everything that makes a snapshot durable. Made as it is asked for, because checksums of a large state take time. */
export function* writeSnapshot(
  snapshot: Snapshot,
  { identity, nonce }: { readonly identity: Identity; readonly nonce: number },
): Generator<DiskOperation> {
  const to = snapshotName({ index: snapshot.lastIncludedIndex, term: snapshot.lastIncludedTerm });
  const name = to.replace(SUFFIX, NEW_SNAPSHOT_SUFFIX);
  const { bytes: head, crc } = encodeHead(snapshot, { identity, nonce });
  yield { type: "create", name, length: 0 };
  yield { type: "write", name, at: 0, bytes: head };
  let at = head.length;
  let before = crc;
  for (let from = 0; from < snapshot.state.length; from += CHUNK_BYTES) {
    const state = snapshot.state.subarray(from, from + CHUNK_BYTES);
    const bytes = new Uint8Array(CHUNK_HEADER_BYTES + state.length);
    bytes.set(state, CHUNK_HEADER_BYTES);
    before = crc32c(state, { before });
    viewOf(bytes).setUint32(0, before, true);
    viewOf(bytes).setUint32(4, state.length, true);
    yield { type: "write", name, at, bytes };
    at += bytes.length;
  }
  yield { type: "sync", name };
  yield { type: "rename", from: name, to };
  yield { type: "sync-directory" };
}

/** Reads a snapshot's file. Throws CorruptionError when any of it is damaged, IncompatibleError when it is foreign or newer. */
export function readSnapshot(
  bytes: Uint8Array,
  { place, identity }: { readonly place: SnapshotPlace; readonly identity: Identity },
): Snapshot {
  const file = snapshotName(place);
  readFileHeader(bytes, { file, kind: "snapshot", identity });
  const head = decodeHead(bytes);
  if (head === undefined) throw new CorruptionError(file, "the checksum of its head is wrong");
  const { index, term, stateBytes, membership, end, crc } = head;
  if (index !== place.index || term !== place.term)
    throw new CorruptionError(file, "it holds another snapshot than its name says");
  const chunks = Math.ceil(stateBytes / CHUNK_BYTES);
  if (bytes.length !== end + stateBytes + chunks * CHUNK_HEADER_BYTES) {
    throw new CorruptionError(file, `it is ${bytes.length} bytes long, which is not what its head says`);
  }
  const state = readState(bytes, { file, from: end, stateBytes, crc });
  return { lastIncludedIndex: index, lastIncludedTerm: term, membership, state };
}

function readState(
  bytes: Uint8Array,
  { file, from, stateBytes, crc }: { file: string; from: number; stateBytes: number; crc: number },
): Uint8Array {
  const view = viewOf(bytes);
  const state = new Uint8Array(stateBytes);
  let at = from;
  let before = crc;
  for (let done = 0; done < stateBytes; done += CHUNK_BYTES) {
    const start = at + CHUNK_HEADER_BYTES;
    const end = start + Math.min(CHUNK_BYTES, stateBytes - done);
    before = crc32c(bytes, { before, from: start, to: end });
    if (before !== view.getUint32(at, true) || end - start !== view.getUint32(at + 4, true)) {
      throw new CorruptionError(file, `the checksum of its state is wrong from byte ${done} on`);
    }
    state.set(bytes.subarray(start, end), done);
    at = end;
  }
  return state;
}

function encodeHead(
  snapshot: Snapshot,
  { identity, nonce }: { identity: Identity; nonce: number },
): { bytes: Uint8Array; crc: number } {
  const membership = encodeText(JSON.stringify(snapshot.membership));
  const crcAt = FILE_HEADER_BYTES + HEAD_BYTES + membership.length;
  const bytes = new Uint8Array(crcAt + 4);
  const view = viewOf(bytes);
  bytes.set(encodeFileHeader({ kind: "snapshot", identity, nonce, number: 0, firstSequence: 0, chain: 0 }));
  setUint64(view, FILE_HEADER_BYTES, snapshot.lastIncludedIndex);
  setUint64(view, FILE_HEADER_BYTES + 8, snapshot.lastIncludedTerm);
  setUint64(view, FILE_HEADER_BYTES + 16, snapshot.state.length);
  view.setUint32(FILE_HEADER_BYTES + 24, membership.length, true);
  bytes.set(membership, FILE_HEADER_BYTES + HEAD_BYTES);
  const crc = crc32c(bytes, { before: saltOf(bytes), from: FILE_HEADER_BYTES, to: crcAt });
  view.setUint32(crcAt, crc, true);
  return { bytes, crc };
}

function decodeHead(bytes: Uint8Array) {
  const view = viewOf(bytes);
  const start = FILE_HEADER_BYTES + HEAD_BYTES;
  if (bytes.length < start) return undefined;
  const crcAt = start + view.getUint32(FILE_HEADER_BYTES + 24, true);
  if (crcAt + 4 > bytes.length) return undefined;
  const crc = crc32c(bytes, { before: saltOf(bytes), from: FILE_HEADER_BYTES, to: crcAt });
  const membership = decodeMembership(bytes.subarray(start, crcAt));
  if (crc !== view.getUint32(crcAt, true) || membership === undefined) return undefined;
  const [index, term] = [uint64(view, FILE_HEADER_BYTES), uint64(view, FILE_HEADER_BYTES + 8)];
  return { index, term, stateBytes: uint64(view, FILE_HEADER_BYTES + 16), membership, end: crcAt + 4, crc };
}
