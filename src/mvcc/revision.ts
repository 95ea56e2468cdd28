// Revisions: the order of all changes, and their form as keys of the engine (etcd's, byte for byte).
import { assert } from "../base/index.ts";

/** One change. `main` counts the transactions that changed something; `sub` counts the changes within one, from 0. */
export interface Revision {
  readonly main: number;
  readonly sub: number;
}

const REVISION_BYTES = 17;
const TOMBSTONE_MARK = 0x74; // "t"
const SEPARATOR = 0x5f; // "_"
const TWO_TO_32 = 2 ** 32;

/** 8 bytes main, "_", 8 bytes sub, big-endian, and a "t" if the change is a deletion: sorts as revisions do. */
export function revisionKey({ main, sub }: Revision, change: "put" | "tombstone" = "put"): Uint8Array {
  const key = new Uint8Array(change === "tombstone" ? REVISION_BYTES + 1 : REVISION_BYTES);
  writeUint64(key, 0, main);
  key[8] = SEPARATOR;
  writeUint64(key, 9, sub);
  if (change === "tombstone") key[REVISION_BYTES] = TOMBSTONE_MARK;
  return key;
}

export function revisionOf(key: Uint8Array): Revision {
  assert(key.length === REVISION_BYTES || isTombstone(key), "a key of the table of revisions is a revision");
  return { main: readUint64(key, 0), sub: readUint64(key, 9) };
}

export function isTombstone(key: Uint8Array): boolean {
  return key.length === REVISION_BYTES + 1 && key[REVISION_BYTES] === TOMBSTONE_MARK;
}

function writeUint64(bytes: Uint8Array, at: number, value: number): void {
  writeUint32(bytes, at, Math.floor(value / TWO_TO_32));
  writeUint32(bytes, at + 4, value >>> 0);
}

function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function readUint64(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) * TWO_TO_32 + readUint32(bytes, at + 4);
}

function readUint32(bytes: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
