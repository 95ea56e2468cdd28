// A store as a stream of bytes: for members that lag behind and for backups. See docs/mvcc.md for the format.

import { crc32c } from "../base/index.ts";
import { bytesOf, compareBytes, concatBytes } from "./bytes.ts";
import { type Engine, type EngineView, TABLES, type Write } from "./engine.ts";

const MAGIC = bytesOf("KEELSNAP");
const FORMAT_VERSION = 1;
const HEADER_BYTES = 12;
/** Before a row: its table (1 byte), the lengths of key and value (4 bytes each). */
const ROW_HEAD_BYTES = 9;
const END_OF_ROWS = 0xff;
const TRAILER_BYTES = 5;
const CHUNK_BYTES = 65_536;
const ROWS_PER_COMMIT = 10_000;

/** The rows of `view` in chunks of about 64 KiB; closes the view at the end, also if it is left early. */
export function* writeSnapshot(view: EngineView): Generator<Uint8Array, void, undefined> {
  try {
    let crc = 0;
    for (const chunk of chunks(view)) {
      crc = crc32c(chunk, { before: crc });
      yield chunk;
    }
    const trailer = new Uint8Array(TRAILER_BYTES);
    trailer[0] = END_OF_ROWS;
    new DataView(trailer.buffer).setUint32(1, crc);
    yield trailer;
  } finally {
    view.close();
  }
}

function* chunks(view: EngineView): Generator<Uint8Array, void, undefined> {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(MAGIC);
  new DataView(header.buffer).setUint32(MAGIC.length, FORMAT_VERSION);
  let [parts, length] = [[header] as Uint8Array[], HEADER_BYTES];
  for (const [number, table] of TABLES.entries()) {
    for (const [key, value] of view.range(table, {})) {
      const head = new Uint8Array(ROW_HEAD_BYTES);
      const fields = new DataView(head.buffer);
      fields.setUint8(0, number);
      fields.setUint32(1, key.length);
      fields.setUint32(5, value.length);
      parts.push(head, key, value);
      length += ROW_HEAD_BYTES + key.length + value.length;
      if (length < CHUNK_BYTES) continue;
      yield concatBytes(parts);
      [parts, length] = [[], 0];
    }
  }
  if (length > 0) yield concatBytes(parts);
}

/** What is wrong with a snapshot. What was loaded of it must be thrown away. */
export type SnapshotFault = "not a snapshot" | "format version not known" | "damaged" | "incomplete";

/** Fills a new engine from the chunks of a snapshot, however they are cut. */
export class SnapshotLoader {
  readonly #engine: Engine;
  #rest: Uint8Array = new Uint8Array(0);
  #writes: Write[] = [];
  #crc = 0;
  #state: "header" | "rows" | "complete" = "header";
  #fault: SnapshotFault | undefined;

  /** `engine` must be empty. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Takes in the next bytes. After a fault it takes in nothing more. */
  push(chunk: Uint8Array): SnapshotFault | undefined {
    if (this.#fault !== undefined) return this.#fault;
    this.#rest = this.#rest.length === 0 ? new Uint8Array(chunk) : concatBytes([this.#rest, chunk]);
    let taken = this.#take();
    while (taken > 0) {
      this.#rest = this.#rest.subarray(taken);
      taken = this.#take();
    }
    return this.#fault;
  }

  /** Says whether the snapshot was whole; if so the engine holds it, to be made durable. */
  finish(): SnapshotFault | undefined {
    if (this.#fault === undefined && this.#state !== "complete") this.#fault = "incomplete";
    if (this.#fault === undefined) this.#commit();
    return this.#fault;
  }

  /** Reads what stands at the beginning of the rest; gives its length, 0 if it is not there yet or wrong. */
  #take(): number {
    const fields = new DataView(this.#rest.buffer, this.#rest.byteOffset, this.#rest.length);
    if (this.#state === "complete") return this.#fail(this.#rest.length === 0 ? undefined : "damaged");
    if (this.#state === "header") return this.#rest.length < HEADER_BYTES ? 0 : this.#takeHeader(fields);
    if (this.#rest[0] === END_OF_ROWS) return this.#rest.length < TRAILER_BYTES ? 0 : this.#takeTrailer(fields);
    return this.#rest.length < ROW_HEAD_BYTES ? 0 : this.#takeRow(fields);
  }

  #takeHeader(fields: DataView): number {
    if (compareBytes(this.#rest.subarray(0, MAGIC.length), MAGIC) !== 0) return this.#fail("not a snapshot");
    if (fields.getUint32(MAGIC.length) !== FORMAT_VERSION) return this.#fail("format version not known");
    this.#state = "rows";
    return this.#counted(HEADER_BYTES);
  }

  #takeRow(fields: DataView): number {
    const table = TABLES[fields.getUint8(0)];
    if (table === undefined) return this.#fail("damaged");
    const valueAt = ROW_HEAD_BYTES + fields.getUint32(1);
    const end = valueAt + fields.getUint32(5);
    if (this.#rest.length < end) return 0;
    this.#writes.push({ table, key: this.#rest.slice(ROW_HEAD_BYTES, valueAt), value: this.#rest.slice(valueAt, end) });
    if (this.#writes.length === ROWS_PER_COMMIT) this.#commit();
    return this.#counted(end);
  }

  #takeTrailer(fields: DataView): number {
    if (fields.getUint32(1) !== this.#crc) return this.#fail("damaged");
    this.#state = "complete";
    return TRAILER_BYTES;
  }

  #counted(length: number): number {
    this.#crc = crc32c(this.#rest, { before: this.#crc, to: length });
    return length;
  }

  #fail(fault: SnapshotFault | undefined): 0 {
    this.#fault = fault;
    return 0;
  }

  #commit(): void {
    this.#engine.commit(this.#writes);
    this.#writes = [];
  }
}
