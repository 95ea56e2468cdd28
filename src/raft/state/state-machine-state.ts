// Group 3 of a replica's state: the log, how far it is committed and applied, and the membership it implies.
import type { LogIndex, Snapshot, Term } from "../entry.ts";
import type { RaftLog } from "../log.ts";
import type { MembershipHistory } from "../membership-history.ts";

export interface StateMachineState {
  readonly log: RaftLog;
  /** Highest index known to be committed; only grows within an incarnation. */
  commitIndex: LogIndex;
  /** Highest index handed out in a Ready for applying. Invariant: lastApplied <= handedToApply <= commitIndex. */
  handedToApply: LogIndex;
  /** Highest index that the state machine has applied. */
  lastApplied: LogIndex;
  /** The membership in use is the last one in the log, committed or not (§6). */
  readonly memberships: MembershipHistory;
  /** The latest snapshot, which stands for the log before firstIndex; undefined until the first compaction. */
  snapshot: Snapshot | undefined;
  /** A snapshot from the leader that the next Ready hands to the shell. */
  snapshotToPersist: Snapshot | undefined;
  /** Chunks of a snapshot that is still arriving (§7). */
  incoming: IncomingSnapshot | undefined;
}

export interface IncomingSnapshot {
  readonly term: Term;
  readonly lastIncludedIndex: LogIndex;
  readonly lastIncludedTerm: Term;
  readonly totalBytes: number;
  readonly chunks: Uint8Array[];
  /** Bytes received so far: the offset that is wanted next. */
  offset: number;
}
