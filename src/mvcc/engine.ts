// The port to the storage engine: sorted tables of byte strings, changed by atomic commits that become durable in order, later.

/** The tables of a store: every version of every key, the leases, and single values. */
export type Table = "key" | "lease" | "meta";

export const TABLES: readonly Table[] = ["key", "lease", "meta"];

export type Row = readonly [key: Uint8Array, value: Uint8Array];

/** From `from` (included; the beginning if left out) to `to` (excluded; the end if left out). */
export interface Bounds {
  readonly from?: Uint8Array;
  readonly to?: Uint8Array;
}

/** One change: a row is put in place of any other of its key, or removed (`value` undefined; nothing happens if it is absent). */
export interface Write {
  readonly table: Table;
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

export interface EngineReader {
  get(table: Table, key: Uint8Array): Uint8Array | undefined;
  /** The rows within `bounds` in the order of their keys. Must be read to its end, or left, before the next commit. */
  range(table: Table, bounds: Bounds): Iterable<Row>;
}

/** A fixed state of the engine, untouched by later commits. Holds resources until it is closed. */
export interface EngineView extends EngineReader {
  close(): void;
}

/**
 * A storage engine. Keys have at most 64 bytes, so that every engine can hold them. Bytes that were given to an engine, or
 * that it gave, must not be changed.
 *
 * Durability: a commit is visible at once, and survives the end of the process. A crash of the machine loses the commits that were not
 * flushed, the latest first: what remains is the state after some commit that is not older than `flushedCommits`.
 */
export interface Engine extends EngineReader {
  /** Carries out all of `writes` in their order, or (at a crash) none of them. */
  commit(writes: readonly Write[]): void;
  /** How many commits were made since the engine was opened. */
  readonly commits: number;
  /** How many of those are durable. Never decreases; reaches `commits` by itself, in its time. */
  readonly flushedCommits: number;
  view(): EngineView;
}
