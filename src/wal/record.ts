// One record: what one sync makes durable, all of it or nothing. It begins at a multiple of 512 bytes, so that a torn write of the
// next one cannot touch it.

import { crc32c } from "../base/index.ts";
import { setUint64, uint64, viewOf } from "./bytes.ts";
import { decodeItems, encodeItems, type Item } from "./items.ts";

/** The unit that a disk writes whole. Records begin at multiples of it. */
export const SECTOR_BYTES = 512;

/**
 * Length of the body, checksum of the body, sequence, chain value of the record before, zero, and the checksum of all this: the
 * record's own chain value. It is salted with the file's header, and covers the body's checksum: equal chain values mean equal histories.
 */
const RECORD_HEADER_BYTES = 32;
const CRC_AT = 28;
const ZERO_AT = 20;

export interface EncodedRecord {
  /** Padded with zeros to a whole number of sectors. */
  readonly bytes: Uint8Array;
  readonly chain: number;
}

/** Where a record stands in the history. */
export interface RecordPlace {
  /** 1 for the first record of a log, then one more each time. */
  readonly sequence: number;
  /** The chain value of the record before. */
  readonly previous: number;
  readonly salt: number;
}

export function encodeRecord(items: readonly Item[], { sequence, previous, salt }: RecordPlace): EncodedRecord {
  const { bytes, length } = encodeItems(items, RECORD_HEADER_BYTES, SECTOR_BYTES);
  const view = viewOf(bytes);
  view.setUint32(0, length - RECORD_HEADER_BYTES, true);
  view.setUint32(4, crc32c(bytes, { from: RECORD_HEADER_BYTES, to: length }), true);
  setUint64(view, 8, sequence);
  view.setUint32(16, previous, true);
  const chain = crc32c(bytes, { before: salt, to: CRC_AT });
  view.setUint32(CRC_AT, chain, true);
  return { bytes, chain };
}

export interface DecodedRecord {
  readonly items: readonly Item[];
  readonly chain: number;
  /** Where the next record begins. */
  readonly end: number;
}

/** The record at `at` if it is whole and the one that belongs there. */
export function decodeRecord(bytes: Uint8Array, at: number, place: RecordPlace): DecodedRecord | undefined {
  const header = readHeader(bytes, at, place.salt);
  if (header === undefined || header.sequence !== place.sequence || header.previous !== place.previous)
    return undefined;
  const from = at + RECORD_HEADER_BYTES;
  const to = from + header.length;
  if (to > bytes.length || crc32c(bytes, { from, to }) !== header.bodyCrc) return undefined;
  const items = decodeItems(bytes, { from, to });
  return items && { items, chain: header.chain, end: Math.ceil(to / SECTOR_BYTES) * SECTOR_BYTES };
}

/**
 * Where after `from` a record of this file begins whose sequence is above `sequence`; undefined if nowhere. Its header is enough: it
 * was written after everything before it had been synced.
 */
export function findLaterRecord(
  bytes: Uint8Array,
  { from, sequence, salt }: { readonly from: number; readonly sequence: number; readonly salt: number },
): number | undefined {
  for (let at = from; at + RECORD_HEADER_BYTES <= bytes.length; at += SECTOR_BYTES) {
    const header = readHeader(bytes, at, salt);
    if (header !== undefined && header.sequence > sequence) return at;
  }
  return undefined;
}

interface RecordHeader {
  readonly length: number;
  readonly bodyCrc: number;
  readonly sequence: number;
  readonly previous: number;
  readonly chain: number;
}

function readHeader(bytes: Uint8Array, at: number, salt: number): RecordHeader | undefined {
  if (at + RECORD_HEADER_BYTES > bytes.length) return undefined;
  const view = viewOf(bytes);
  const length = view.getUint32(at, true);
  const isPlausible = length > 0 && uint64(view, at + ZERO_AT) === 0;
  if (!isPlausible) return undefined;
  const chain = view.getUint32(at + CRC_AT, true);
  if (crc32c(bytes, { before: salt, from: at, to: at + CRC_AT }) !== chain) return undefined;
  const [bodyCrc, previous] = [view.getUint32(at + 4, true), view.getUint32(at + 16, true)];
  return { length, bodyCrc, sequence: uint64(view, at + 8), previous, chain };
}
