// The units of the replicated log and the names of its coordinates.
import type { Membership } from "./membership.ts";
import type { NodeId } from "./node-id.ts";

export type { NodeId } from "./node-id.ts";

/** Position in the log. The first entry has index 1; 0 means "before the first entry". */
export type LogIndex = number;
/** Election term (§5.1): a logical clock that only grows. */
export type Term = number;

/** What an entry asks the replicas to do. */
export type EntryPayload =
  /** Opaque to Raft; the state machine executes it when it is committed. */
  | { readonly type: "command"; readonly command: Uint8Array }
  /** Appended by a new leader, so that it can commit what earlier terms left behind (§5.4.2, §8). */
  | { readonly type: "no-op" }
  /** The membership that holds from the moment this entry stands in a replica's log (§6). */
  | { readonly type: "membership"; readonly membership: Membership };

/** One entry of the log. Equal index and term mean equal entries and equal prefixes (§5.3, Log Matching). */
export type Entry = { readonly index: LogIndex; readonly term: Term } & EntryPayload;

/** What a replica must find again after a crash, beside its log: Figure 2's persistent state, and etcd's commit index. */
export interface HardState {
  readonly currentTerm: Term;
  /** Whom this replica voted for in `currentTerm`; undefined: nobody yet. */
  readonly votedFor: NodeId | undefined;
  /** A lower bound of what is committed; never above the last durable index. */
  readonly commitIndex: LogIndex;
}

/** The state machine at one index; stands for the log up to there (§7). */
export interface Snapshot {
  readonly lastIncludedIndex: LogIndex;
  readonly lastIncludedTerm: Term;
  /** The membership at `lastIncludedIndex`. */
  readonly membership: Membership;
  /** The state machine's own bytes; Raft does not look inside. */
  readonly state: Uint8Array;
}

/** Bytes that an entry counts for limits: its command, and a fixed price for what surrounds it. */
export function entryBytes(entry: EntryPayload): number {
  const overhead = 24;
  return entry.type === "command" ? entry.command.byteLength + overhead : overhead;
}
