// The first 64 bytes of every file: what it is, in which format, and whose. Their layout is the same in every version of the format.

import { crc32c } from "../base/index.ts";
import { hex, setUint64, uint64, viewOf } from "./bytes.ts";
import { CorruptionError, IncompatibleError } from "./errors.ts";

/** Whose files these are; 64 bits each. */
export interface Identity {
  readonly clusterId: bigint;
  readonly memberId: bigint;
}

export type FileKind = "segment" | "snapshot" | "synced mark";

export interface FileHeader {
  readonly kind: FileKind;
  readonly identity: Identity;
  /** Drawn anew each time the log is opened: no two files share it with equal `number`. */
  readonly nonce: number;
  /** Of a segment: its number. */
  readonly number: number;
  /** Of a segment: the sequence of its first record, and the chain value that this record continues. */
  readonly firstSequence: number;
  readonly chain: number;
}

export const FILE_HEADER_BYTES = 64;
const FORMAT_VERSION = 1;
const MAGIC = { segment: 0x4c41574b, snapshot: 0x414e534b, "synced mark": 0x4b524d4b } as const; // KWAL, KSNA, KMRK
const MAGIC_TAIL = 0x0a1a0a0d; // a file that passed through a text conversion does not have it any more
const CRC_AT = 60;

/** The bytes of a header. Its own checksum, the last four bytes, salts the checksums of what follows (see saltOf). */
export function encodeFileHeader(header: FileHeader): Uint8Array {
  const bytes = new Uint8Array(FILE_HEADER_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, MAGIC[header.kind], true);
  view.setUint32(4, MAGIC_TAIL, true);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, header.nonce, true);
  view.setBigUint64(16, header.identity.clusterId, true);
  view.setBigUint64(24, header.identity.memberId, true);
  setUint64(view, 32, header.number);
  setUint64(view, 40, header.firstSequence);
  view.setUint32(48, header.chain, true);
  view.setUint32(CRC_AT, crc32c(bytes, { to: CRC_AT }), true);
  return bytes;
}

/** The checksum in a header: what follows it in the file is checksummed with it, so that bytes of another file never fit. */
export function saltOf(bytes: Uint8Array): number {
  return viewOf(bytes).getUint32(CRC_AT, true);
}

/** Reads and checks a header. Throws CorruptionError when it is damaged, IncompatibleError when it is foreign or newer. */
export function readFileHeader(
  bytes: Uint8Array,
  { file, kind, identity }: { readonly file: string; readonly kind: FileKind; readonly identity: Identity },
): FileHeader {
  if (bytes.length < FILE_HEADER_BYTES)
    throw new CorruptionError(file, `only ${bytes.length} bytes of its header are left`);
  const view = viewOf(bytes);
  const isOurs = view.getUint32(0, true) === MAGIC[kind] && view.getUint32(4, true) === MAGIC_TAIL;
  if (!isOurs) throw new CorruptionError(file, `it does not begin as a ${kind} file does`);
  if (crc32c(bytes, { to: CRC_AT }) !== saltOf(bytes))
    throw new CorruptionError(file, "the checksum of its header is wrong");
  const version = view.getUint32(8, true);
  if (version !== FORMAT_VERSION) {
    const known = `this program reads version ${FORMAT_VERSION}`;
    throw new IncompatibleError(`${file} has format version ${version}; ${known}. Start the version that wrote it`);
  }
  const found = { clusterId: view.getBigUint64(16, true), memberId: view.getBigUint64(24, true) };
  if (found.clusterId !== identity.clusterId || found.memberId !== identity.memberId) {
    throw new IncompatibleError(
      `${file} belongs to ${named(found)}, not to ${named(identity)}. Give this member its own data directory`,
    );
  }
  return {
    kind,
    identity,
    nonce: view.getUint32(12, true),
    number: uint64(view, 32),
    firstSequence: uint64(view, 40),
    chain: view.getUint32(48, true),
  };
}

function named({ clusterId, memberId }: Identity): string {
  return `member ${hex(memberId, 16)} of cluster ${hex(clusterId, 16)}`;
}
