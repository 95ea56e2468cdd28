// Hashes by which members compare what they hold.
import { crc32c } from "../base/index.ts";
import { bytesOf, textOf } from "./bytes.ts";
import { continueCompaction } from "./compaction.ts";
import { keyRange } from "./key-index.ts";
import { decodeKeyValue } from "./key-value.ts";
import { type Refused, refuse } from "./requests.ts";
import { revisionKey, revisionOf } from "./revision.ts";
import type { StoreNumber, StoreState } from "./store-state.ts";

/** Equal on all members that hold the same, for the same two revisions. */
export interface HashKv {
  readonly hash: number;
  readonly compactRevision: number;
  /** The revision up to which was hashed. */
  readonly hashRevision: number;
}

const EVERY_KEY = keyRange(bytesOf("\0"), bytesOf("\0"));

/**
 * etcd's HashKV: CRC-32C over the name of the bucket and all records up to `revision` (0: now). Of those that compaction has been through
 * only what a reader at `revision` still sees counts.
 */
export function hashKv(state: StoreState, revision: number): HashKv | Refused {
  const { compactRevision, buffer, index } = state;
  if (revision > 0 && revision < compactRevision) return refuse("compacted");
  if (revision > state.revision) return refuse("future-revision");
  const hashRevision = revision > 0 ? revision : state.revision;
  continueCompaction(state, Number.POSITIVE_INFINITY); // so that the records do not depend on how far it has come
  const nothingKept = index.versions(EVERY_KEY, hashRevision).length === 0;
  let hash = crc32c(bytesOf("key"));
  for (const [row, record] of buffer.range("key", { to: revisionKey({ main: hashRevision + 1, sub: 0 }) })) {
    const at = revisionOf(row);
    if (at.main <= compactRevision && !nothingKept) {
      const seen = index.at(textOf(decodeKeyValue(record).key), hashRevision);
      if (seen?.main !== at.main || seen.sub !== at.sub) continue;
    }
    hash = crc32c(record, { before: crc32c(row, { before: hash }) });
  }
  return { hash, compactRevision, hashRevision };
}

/** How far a store is with its work, and what is hashed on its own. */
const PROGRESS: readonly StoreNumber[] = ["finishedCompactRev", "consistent_index", "revision"];

/** A hash of all that the log decides: keys with their history, leases, compaction, and what the layers above keep here. */
export function hashState(state: StoreState): number {
  continueCompaction(state, Number.POSITIVE_INFINITY);
  const progress = new Set<string>(PROGRESS);
  let hash = crc32c(bytesOf(`${state.revision} ${state.compactRevision}`));
  for (const table of ["key", "lease", "meta"] as const) {
    hash = crc32c(bytesOf(table), { before: hash });
    for (const [row, record] of state.buffer.range(table, {})) {
      if (table === "meta" && progress.has(textOf(row))) continue;
      hash = crc32c(record, { before: crc32c(row, { before: hash }) });
    }
  }
  return hash;
}
