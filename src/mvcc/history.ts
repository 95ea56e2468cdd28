// The changes of the past, read back from the records, for watchers that were not there when they happened.
import { textOf } from "./bytes.ts";
import { decodeKeyValue, type KeyValue } from "./key-value.ts";
import type { KeyEvent } from "./requests.ts";
import { isTombstone, revisionKey, revisionOf } from "./revision.ts";
import { fetch, type StoreState } from "./store-state.ts";

/** All changes of one revision, in order. */
export interface RevisionEvents {
  readonly revision: number;
  readonly events: readonly KeyEvent[];
}

/** The revisions from `from` to `to` (both included) that changed something; what compaction has removed is not among them. */
export function* eventsBetween(
  { buffer }: StoreState,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<RevisionEvents, void, undefined> {
  let current = { revision: 0, events: [] as KeyEvent[] };
  const bounds = { from: revisionKey({ main: from, sub: 0 }), to: revisionKey({ main: to + 1, sub: 0 }) };
  for (const [row, record] of buffer.range("key", bounds)) {
    const { main } = revisionOf(row);
    if (main !== current.revision) {
      if (current.events.length > 0) yield current;
      current = { revision: main, events: [] };
    }
    const kv = decodeKeyValue(record);
    current.events.push(isTombstone(row) ? { type: "delete", kv: { ...kv, modRevision: main } } : { type: "put", kv });
  }
  if (current.events.length > 0) yield current;
}

/** The version of the event's key before it; undefined if there was none, or compaction has removed it. */
export function previousOf(state: StoreState, { kv }: KeyEvent): KeyValue | undefined {
  const before = kv.modRevision - 1;
  if (before < state.compactRevision) return undefined;
  const version = state.index.at(textOf(kv.key), before);
  return version === undefined ? undefined : fetch(state, version);
}
