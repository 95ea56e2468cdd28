// One version of a key, and its record in the engine: protobuf's mvccpb.KeyValue, byte for byte as etcd writes it.
import { NO_BYTES } from "./bytes.ts";
import { MessageReader, MessageWriter } from "./protobuf.ts";

/** A lease's id: 64 bits, signed. 0n is no lease. */
export type LeaseId = bigint;

/** One version of a key. Invariant: createRevision <= modRevision, version >= 1; a deletion has all four numbers 0. */
export interface KeyValue {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** The revision that created the key; the same until it is deleted. */
  readonly createRevision: number;
  /** The revision that wrote this version. */
  readonly modRevision: number;
  /** 1 for the version that created the key; one more with every put since. */
  readonly version: number;
  readonly lease: LeaseId;
}

/** What an absent key compares as. */
export const ABSENT: KeyValue = {
  key: NO_BYTES,
  value: NO_BYTES,
  createRevision: 0,
  modRevision: 0,
  version: 0,
  lease: 0n,
};

export function encodeKeyValue(kv: KeyValue): Uint8Array {
  const length =
    MessageWriter.bytesLength(kv.key) +
    MessageWriter.numberLength(kv.createRevision) +
    MessageWriter.numberLength(kv.modRevision) +
    MessageWriter.numberLength(kv.version) +
    MessageWriter.bytesLength(kv.value) +
    MessageWriter.int64Length(kv.lease);
  const writer = new MessageWriter(length);
  writer.bytes(1, kv.key);
  writer.number(2, kv.createRevision);
  writer.number(3, kv.modRevision);
  writer.number(4, kv.version);
  writer.bytes(5, kv.value);
  writer.int64(6, kv.lease);
  return writer.finish();
}

/** `key` and `value` are views of `record`. */
export function decodeKeyValue(record: Uint8Array): KeyValue {
  const reader = new MessageReader(record);
  const kv = { ...ABSENT };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) kv.key = reader.bytes();
    else if (field === 2) kv.createRevision = reader.number();
    else if (field === 3) kv.modRevision = reader.number();
    else if (field === 4) kv.version = reader.number();
    else if (field === 5) kv.value = reader.bytes();
    else if (field === 6) kv.lease = reader.int64();
    else reader.skip();
  }
  return kv;
}
