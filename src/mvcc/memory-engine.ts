// An engine in memory, for the simulator and for tests: what was not flushed is lost when it crashes, as with an engine on a disk.
import { assert } from "../base/index.ts";
import type { Bounds, Engine, EngineReader, EngineView, Row, Table, Write } from "./engine.ts";
import { entriesWithin, type SortedMap, sortedByBytes } from "./sorted-map.ts";

type Tables = Readonly<Record<Table, SortedMap<Uint8Array, Uint8Array>>>;

/** An engine in memory. Nothing is durable until `flush` is called. */
export class MemoryEngine implements Engine {
  readonly #tables: Tables;
  /** The states that a crash may leave: the last flushed one, then one per commit since. */
  #survivable: Tables[];
  #commits = 0;
  #flushedCommits = 0;

  constructor() {
    this.#tables = emptyTables();
    this.#survivable = [clone(this.#tables)];
  }

  get commits(): number {
    return this.#commits;
  }

  get flushedCommits(): number {
    return this.#flushedCommits;
  }

  get(table: Table, key: Uint8Array): Uint8Array | undefined {
    return this.#tables[table].get(key);
  }

  range(table: Table, bounds: Bounds): Iterable<Row> {
    return entriesWithin(this.#tables[table], bounds);
  }

  commit(writes: readonly Write[]): void {
    for (const { table, key, value } of writes) {
      if (value === undefined) this.#tables[table].delete(key);
      else this.#tables[table].set(key, value);
    }
    this.#commits++;
    this.#survivable.push(clone(this.#tables));
  }

  view(): EngineView {
    return new MemoryView(clone(this.#tables));
  }

  /** Makes the commits up to number `upTo` durable (all if left out). */
  flush(upTo = this.#commits): void {
    assert(upTo <= this.#commits, "only commits that were made can be flushed");
    if (upTo <= this.#flushedCommits) return;
    this.#survivable = this.#survivable.slice(upTo - this.#flushedCommits);
    this.#flushedCommits = upTo;
  }

  /**
   * The engine as it is found after a crash, when of the commits that were not flushed the first `survivors` reached the disk all the
   * same. This one must not be used any more.
   */
  crash({ survivors = 0 }: { readonly survivors?: number } = {}): MemoryEngine {
    const left = this.#survivable[Math.min(survivors, this.#survivable.length - 1)];
    assert(left !== undefined, "there is always a flushed state");
    const engine = new MemoryEngine();
    const writes: Write[] = [];
    for (const table of ["key", "lease", "meta"] as const) {
      left[table].forEachPair((key, value) => {
        writes.push({ table, key, value });
      });
    }
    engine.#restore(writes);
    return engine;
  }

  #restore(writes: readonly Write[]): void {
    for (const { table, key, value } of writes) if (value !== undefined) this.#tables[table].set(key, value);
    this.#survivable = [clone(this.#tables)];
  }
}

class MemoryView implements EngineView {
  #tables: Tables | undefined;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  get(table: Table, key: Uint8Array): Uint8Array | undefined {
    return this.#open()[table].get(key);
  }

  range(table: Table, bounds: Bounds): ReturnType<EngineReader["range"]> {
    return entriesWithin(this.#open()[table], bounds);
  }

  close(): void {
    this.#tables = undefined;
  }

  #open(): Tables {
    assert(this.#tables !== undefined, "a view is not used after it was closed");
    return this.#tables;
  }
}

function emptyTables(): Tables {
  return { key: sortedByBytes(), lease: sortedByBytes(), meta: sortedByBytes() };
}

function clone({ key, lease, meta }: Tables): Tables {
  return { key: key.clone(), lease: lease.clone(), meta: meta.clone() };
}
