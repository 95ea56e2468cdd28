// The sorted map of this folder: a B+ tree (package sorted-btree), see docs/decisions/0005-datastore.md.
import sortedBTree from "sorted-btree";
import { compareBytes, type KeyText } from "./bytes.ts";

/** A map in the order of its keys. `clone()` takes constant time: the two share nodes until one of them changes. */
export type SortedMap<K, V> = InstanceType<typeof sortedBTree.default<K, V>>;

export function sortedByText<V>(): SortedMap<KeyText, V> {
  return new sortedBTree.default<KeyText, V>(undefined, compareTexts);
}

export function sortedByBytes<V>(): SortedMap<Uint8Array, V> {
  return new sortedBTree.default<Uint8Array, V>(undefined, compareBytes);
}

export const compareTexts = (a: KeyText, b: KeyText): number => (a < b ? -1 : a > b ? 1 : 0);

/** The entries from `from` (included; the first if left out) to `to` (excluded; the last if left out), in order. */
export function* entriesWithin<V>(
  map: SortedMap<Uint8Array, V>,
  { from, to }: { readonly from?: Uint8Array; readonly to?: Uint8Array },
): Generator<[Uint8Array, V], void, undefined> {
  for (const entry of map.entries(from)) {
    if (to !== undefined && compareBytes(entry[0], to) >= 0) return;
    yield entry;
  }
}
