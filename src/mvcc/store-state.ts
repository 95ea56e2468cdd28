// What a store consists of, how it is read back from the engine, and its numbers in the engine's table of single values.
import { assert } from "../base/index.ts";
import { bytesOf, type KeyText, textOf } from "./bytes.ts";
import type { Engine } from "./engine.ts";
import type { Version } from "./key-history.ts";
import { KeyIndex } from "./key-index.ts";
import { decodeKeyValue, type KeyValue } from "./key-value.ts";
import { Lessor } from "./lessor.ts";
import { MessageReader, MessageWriter } from "./protobuf.ts";
import { isTombstone, revisionKey, revisionOf } from "./revision.ts";
import { WriteBuffer } from "./write-buffer.ts";

/** The parts of a store. Everything in it follows from the rows of the engine with those of the buffer on top. */
export interface StoreState {
  readonly buffer: WriteBuffer;
  readonly index: KeyIndex;
  readonly lessor: Lessor;
  /** Of the last transaction that changed something; 1 in a new store. Never decreases. */
  revision: number;
  /** Reads below it are refused; -1 before the first compaction. Invariant: compactRevision <= revision. */
  compactRevision: number;
  /** A compaction whose records are not all removed: the key to go on with. */
  compaction: { readonly from: KeyText } | undefined;
}

/** The store's own values in the table "meta". */
export type StoreNumber = "revision" | "scheduledCompactRev" | "finishedCompactRev" | "consistent_index";

/** Builds the state from what the engine holds: reads every record once. */
export function openState(engine: Engine): StoreState {
  const buffer = new WriteBuffer(engine);
  const index = new KeyIndex();
  const lessor = new Lessor(buffer);
  const leaseOf = new Map<KeyText, bigint>();
  let revision = 1;
  for (const [row, record] of buffer.range("key", {})) {
    const at = revisionOf(row);
    const kv = decodeKeyValue(record);
    const key = textOf(kv.key);
    const tombstone = isTombstone(row);
    index.restore(key, at, tombstone ? "tombstone" : { created: kv.createRevision, version: kv.version });
    if (tombstone || kv.lease === 0n) leaseOf.delete(key);
    else leaseOf.set(key, kv.lease);
    revision = at.main;
  }
  for (const [key, id] of leaseOf) lessor.attach(key, id);
  const scheduled = readNumber(buffer, "scheduledCompactRev") ?? -1;
  const finished = readNumber(buffer, "finishedCompactRev") ?? -1;
  const saved = readNumber(buffer, "revision") ?? 1;
  assert(saved >= revision && saved >= scheduled, "the store's revision is not below that of its records");
  const compaction = scheduled > finished ? { from: "" } : undefined;
  return { buffer, index, lessor, revision: saved, compactRevision: scheduled, compaction };
}

/** The record of a version that the index knows. */
export function fetch({ buffer }: StoreState, version: Version): KeyValue {
  const record = buffer.get("key", revisionKey(version));
  assert(record !== undefined, "every revision in the index has its record");
  return decodeKeyValue(record);
}

export function readNumber(buffer: WriteBuffer, name: StoreNumber): number | undefined {
  const record = buffer.get("meta", bytesOf(name));
  if (record === undefined) return undefined;
  const reader = new MessageReader(record);
  return reader.next() === 1 ? reader.number() : 0;
}

export function writeNumber(buffer: WriteBuffer, name: StoreNumber, value: number): void {
  const writer = new MessageWriter(MessageWriter.numberLength(value));
  writer.number(1, value);
  buffer.put("meta", bytesOf(name), writer.finish());
}
