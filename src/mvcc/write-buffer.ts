// Writes that were not committed to the engine yet. Reads see the engine with these writes on top.
import { compareBytes } from "./bytes.ts";
import { type Bounds, type Engine, type EngineReader, type Row, TABLES, type Table, type Write } from "./engine.ts";
import { entriesWithin, type SortedMap, sortedByBytes } from "./sorted-map.ts";

type Pending = SortedMap<Uint8Array, Uint8Array | undefined>;

/** Gathers writes into one large commit: the log, not the engine, is what an acknowledgement waits for. */
export class WriteBuffer implements EngineReader {
  readonly #engine: Engine;
  readonly #pending: Readonly<Record<Table, Pending>> = {
    key: sortedByBytes(),
    lease: sortedByBytes(),
    meta: sortedByBytes(),
  };
  #sizeBytes = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
    for (const table of TABLES) {
      for (const [key, value] of engine.range(table, {})) this.#sizeBytes += key.length + value.length;
    }
  }

  /** The keys and values of all rows, with what is not committed. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** How many rows wait to be committed. */
  get pendingWrites(): number {
    return TABLES.reduce((sum, table) => sum + this.#pending[table].size, 0);
  }

  get(table: Table, key: Uint8Array): Uint8Array | undefined {
    const pending = this.#pending[table];
    if (pending.size === 0) return this.#engine.get(table, key);
    const value = pending.get(key);
    return value !== undefined || pending.has(key) ? value : this.#engine.get(table, key);
  }

  range(table: Table, bounds: Bounds): Iterable<Row> {
    const committed = this.#engine.range(table, bounds);
    return this.#pending[table].size === 0 ? committed : merged(committed, entriesWithin(this.#pending[table], bounds));
  }

  put(table: Table, key: Uint8Array, value: Uint8Array): void {
    const replaced = this.get(table, key);
    this.#sizeBytes += value.length - (replaced?.length ?? -key.length);
    this.#pending[table].set(key, value);
  }

  /** `put` of a row whose key is above all others of its table: saves looking for the row that it replaces. */
  append(table: Table, key: Uint8Array, value: Uint8Array): void {
    this.#sizeBytes += key.length + value.length;
    this.#pending[table].set(key, value);
  }

  remove(table: Table, key: Uint8Array): void {
    const removed = this.get(table, key);
    if (removed === undefined) return;
    this.#sizeBytes -= key.length + removed.length;
    this.#pending[table].set(key, undefined);
  }

  commit(): void {
    const writes: Write[] = [];
    for (const table of TABLES) {
      this.#pending[table].forEachPair((key, value) => {
        writes.push({ table, key, value });
      });
      this.#pending[table].clear();
    }
    this.#engine.commit(writes);
  }
}

/** Two sorted runs as one; where both have a key, the row of `upper` holds, and none if its value is undefined. */
function* merged(
  lower: Iterable<Row>,
  upper: Iterable<readonly [Uint8Array, Uint8Array | undefined]>,
): Generator<Row, void, undefined> {
  const below = lower[Symbol.iterator]();
  let committed = below.next();
  for (const [key, value] of upper) {
    while (committed.done !== true && compareBytes(committed.value[0], key) < 0) {
      yield committed.value;
      committed = below.next();
    }
    if (committed.done !== true && compareBytes(committed.value[0], key) === 0) committed = below.next();
    if (value !== undefined) yield [key, value];
  }
  for (; committed.done !== true; committed = below.next()) yield committed.value;
}
