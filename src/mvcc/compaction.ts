// Compaction: from now on no reads below a revision; what only those needed is removed step by step.
import { type Refused, refuse } from "./requests.ts";
import { revisionKey } from "./revision.ts";
import { type StoreState, writeNumber } from "./store-state.ts";

/** Raises the floor of reads to `revision`, at once; removing is left to `continueCompaction`. */
export function startCompaction(state: StoreState, revision: number): Refused | undefined {
  if (revision <= Math.max(state.compactRevision, 0)) return refuse("compacted");
  if (revision > state.revision) return refuse("future-revision");
  state.compactRevision = revision;
  state.compaction = { from: "" };
  writeNumber(state.buffer, "scheduledCompactRev", revision);
  return undefined;
}

/**
 * Removes what is obsolete of at most `keysMax` more keys. Gives true when nothing is left to do. Reads, and the hash, are the same
 * before, meanwhile and after.
 */
export function continueCompaction(state: StoreState, keysMax: number): boolean {
  if (state.compaction === undefined) return true;
  const { from } = state.compaction;
  const { dropped, next } = state.index.compact(state.compactRevision, { from, keysMax });
  for (const revision of dropped) {
    state.buffer.remove("key", revisionKey(revision, revision.tombstone ? "tombstone" : "put"));
  }
  state.compaction = next === undefined ? undefined : { from: next };
  if (next === undefined) writeNumber(state.buffer, "finishedCompactRev", state.compactRevision);
  return next === undefined;
}
