// What replicas say to each other: one discriminated union, named as in the Raft paper and dissertation.
import type { Entry, LogIndex, NodeId, Term } from "./entry.ts";
import type { Membership } from "./membership.ts";

interface Envelope {
  readonly from: NodeId;
  readonly to: NodeId;
  /** The sender's currentTerm; in a PreVote and in its grant the term that the election would have. */
  readonly term: Term;
}

/** What a leader writes on a message so that the answer tells when, and for which read round, it was still the leader. */
export interface LeadershipProof {
  /** The leader's monotonic clock when it sent the message, ms; only the leader interprets it. */
  readonly sentAt: number;
  /** The leader's current read round (read-index.ts). */
  readonly round: number;
}

/** "Would you vote for me in this term?" Changes nobody's state (dissertation §9.6). */
export interface PreVote extends Envelope {
  readonly type: "PreVote";
  readonly lastLogIndex: LogIndex;
  readonly lastLogTerm: Term;
}
export interface PreVoteResponse extends Envelope {
  readonly type: "PreVoteResponse";
  readonly voteGranted: boolean;
}

/** §5.2 */
export interface RequestVote extends Envelope {
  readonly type: "RequestVote";
  readonly lastLogIndex: LogIndex;
  readonly lastLogTerm: Term;
  /** The leader itself asked for this election, so voters need not protect it (dissertation §3.10). */
  readonly leadershipTransfer: boolean;
}
export interface RequestVoteResponse extends Envelope {
  readonly type: "RequestVoteResponse";
  readonly voteGranted: boolean;
}

/** "Start an election at once": the leader hands over (dissertation §3.10). */
export interface TimeoutNow extends Envelope {
  readonly type: "TimeoutNow";
}

/** §5.3; without entries it is a heartbeat. */
export interface AppendEntries extends Envelope, LeadershipProof {
  readonly type: "AppendEntries";
  readonly prevLogIndex: LogIndex;
  readonly prevLogTerm: Term;
  readonly entries: readonly Entry[];
  readonly leaderCommit: LogIndex;
  /** False on a heartbeat whose answer would tell the leader nothing; refusals are answered always. */
  readonly replyWanted: boolean;
}
export interface AppendEntriesResponse extends Envelope, LeadershipProof {
  readonly type: "AppendEntriesResponse";
  readonly success: boolean;
  /**
   * On success: the last index known to agree with the leader, durable at the follower. On refusal: the refused prevLogIndex; 0 (which
   * nobody refuses): the message was of an older term, so nothing but `term` is said.
   */
  readonly matchIndex: LogIndex;
  /** On refusal: the last index at which the follower could still agree, and its term there (fast backtracking, §5.3). */
  readonly conflictIndex: LogIndex;
  readonly conflictTerm: Term;
}

/** §7: one chunk of a snapshot. */
export interface InstallSnapshot extends Envelope, LeadershipProof {
  readonly type: "InstallSnapshot";
  readonly lastIncludedIndex: LogIndex;
  readonly lastIncludedTerm: Term;
  readonly membership: Membership;
  /** Where `chunk` belongs in the snapshot's bytes. */
  readonly offset: number;
  readonly chunk: Uint8Array;
  readonly totalBytes: number;
}
export interface InstallSnapshotResponse extends Envelope, LeadershipProof {
  readonly type: "InstallSnapshotResponse";
  readonly lastIncludedIndex: LogIndex;
  /** The offset that the follower wants next. */
  readonly nextOffset: number;
  /** True when the follower's log now reaches `matchIndex` by this snapshot (or did before). */
  readonly done: boolean;
  readonly matchIndex: LogIndex;
}

/** A follower asks the leader for a read index on behalf of its own clients (dissertation §6.4). */
export interface ReadIndexRequest extends Envelope {
  readonly type: "ReadIndexRequest";
  readonly context: string;
}
export interface ReadIndexResponse extends Envelope {
  readonly type: "ReadIndexResponse";
  readonly context: string;
  readonly readIndex: LogIndex;
}

export type ElectionMessage = PreVote | PreVoteResponse | RequestVote | RequestVoteResponse | TimeoutNow;
export type AppendEntriesMessage = AppendEntries | AppendEntriesResponse;
export type InstallSnapshotMessage = InstallSnapshot | InstallSnapshotResponse;
export type ReadIndexMessage = ReadIndexRequest | ReadIndexResponse;

/** Everything that one replica can say to another. */
export type Message = ElectionMessage | AppendEntriesMessage | InstallSnapshotMessage | ReadIndexMessage;
