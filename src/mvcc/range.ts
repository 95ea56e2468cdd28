// Reading a range of keys at a revision: filters, order, limit.
import { compareBytes, NO_BYTES } from "./bytes.ts";
import type { Version } from "./key-history.ts";
import { keyRange } from "./key-index.ts";
import type { KeyValue } from "./key-value.ts";
import { type RangeRequest, type RangeResult, type Refused, refuse, type SortTarget } from "./requests.ts";
import { compareTexts } from "./sorted-map.ts";
import { fetch, type StoreState } from "./store-state.ts";

/** Reads for somebody who sees the store at `current` (within a transaction: with that transaction's changes so far). */
export function executeRange(state: StoreState, request: RangeRequest, current: number): RangeResult | Refused {
  const { revision: asked = 0, limit = 0 } = request;
  if (asked > current) return refuse("future-revision");
  const at = asked > 0 ? asked : current;
  if (at < state.compactRevision) return refuse("compacted");
  const range = keyRange(request.key, request.rangeEnd);
  const versions = state.index.versions(range, at);
  const count = versions.length;
  if (request.countOnly === true) return { revision: current, kvs: [], more: false, count };
  const selected = select(state, { request, versions });
  const more = limit > 0 && selected.length > limit;
  const kvs = (more ? selected.slice(0, limit) : selected).map((one) => ("value" in one ? one : fetch(state, one)));
  return { revision: current, kvs: request.keysOnly === true ? kvs.map(withoutValue) : kvs, more, count };
}

/**
 * The versions in the order that was asked for; more than `limit` of them if the limit cuts some off. Where the order or a filter asks
 * for no value, no record has been read.
 */
function select(
  state: StoreState,
  { request, versions }: { readonly request: RangeRequest; readonly versions: readonly Version[] },
): readonly (Version | KeyValue)[] {
  const { limit = 0, sortOrder = "none", sortTarget = "key" } = request;
  const filtered = hasFilter(request) ? versions.filter((version) => passes(version, request)) : versions;
  // etcd's quirk: a target without an order sorts, too, but only those that the limit let through in the order of the keys.
  const sortsAll = sortOrder !== "none" || hasFilter(request);
  const considered = limit > 0 && !sortsAll ? filtered.slice(0, limit + 1) : filtered;
  if (sortTarget === "key" && sortOrder !== "descend") return considered;
  const sign = sortOrder === "descend" ? -1 : 1;
  if (sortTarget === "value") {
    const kvs = considered.map((version) => fetch(state, version));
    return kvs.sort((a, b) => sign * compareBytes(a.value, b.value));
  }
  return [...considered].sort((a, b) => sign * compareVersions(a, b, sortTarget));
}

function compareVersions(a: Version, b: Version, target: Exclude<SortTarget, "value">): number {
  if (target === "key") return compareTexts(a.key, b.key);
  if (target === "version") return a.version - b.version;
  return target === "create" ? a.createRevision - b.createRevision : a.main - b.main;
}

function hasFilter(request: RangeRequest): boolean {
  const { minModRevision = 0, maxModRevision = 0, minCreateRevision = 0, maxCreateRevision = 0 } = request;
  return minModRevision !== 0 || maxModRevision !== 0 || minCreateRevision !== 0 || maxCreateRevision !== 0;
}

function passes({ main, createRevision }: Version, request: RangeRequest): boolean {
  const { minModRevision = 0, maxModRevision = 0, minCreateRevision = 0, maxCreateRevision = 0 } = request;
  return (
    (maxModRevision === 0 || main <= maxModRevision) &&
    (minModRevision === 0 || main >= minModRevision) &&
    (maxCreateRevision === 0 || createRevision <= maxCreateRevision) &&
    (minCreateRevision === 0 || createRevision >= minCreateRevision)
  );
}

function withoutValue(kv: KeyValue): KeyValue {
  return { ...kv, value: NO_BYTES };
}
