// Where the replica stands between few messages and low latency. docs/course.md shows the frontier and argues for the values.
import type { RaftConfig } from "../../raft/index.ts";

/** What can be varied about a replica. Times in ms of its monotonic clock, unless in ticks. */
export interface ReplicaSettings {
  /** Nothing goes to other replicas before this age: a message to one that has not said hello would kill it (course rule). */
  readonly silenceMs: number;
  /** The lowest id starts the first election at this age, and the others' timers start; clients start at 5 s. */
  readonly firstElectionMs: number;
  /** A request that has waited this long at a replica without a leader is sent to a replica that may be on the other side. */
  readonly handOverMs: number;
  /** A leader waits this long for the word of those who may have answered a put before it does so itself, and asks so often. */
  readonly answersWaitMs: number;
  readonly answersAskMs: number;
  /** How many others must know of an answer; those that no message would tell soon get one for it. */
  readonly noticeCopies: number;
  /** Such notices are sent only while the replicas together send less than this. */
  readonly messagesPerSecond: number;
  /** Replicate along a chain of two followers (relay.ts) instead of to both at once. */
  readonly relay: boolean;
  /** The second follower answers the client: it is the first to know that a put is on a quorum. */
  readonly chainsEndAnswers: boolean;
  /** The log is compacted when it holds this many applied entries; the newest stay for followers that are a little behind. */
  readonly snapshotEveryEntries: number;
  readonly keepEntries: number;
  /** A new process serves so many requests to itself (warm-up.ts); about 0.2 s of one core. */
  readonly warmUpRequests: number;
  readonly raft: Omit<RaftConfig, "id" | UnusedLimits>;
}

type UnusedLimits =
  | "entriesPerMessageMax"
  | "inflightMessagesMax"
  | "inflightBytesMax"
  | "commandBytesMax"
  | "uncommittedBytesMax"
  | "pendingReadsMax";

/** What `3700kvstore` runs with. */
export const courseSettings: ReplicaSettings = {
  silenceMs: 2_000,
  firstElectionMs: 3_500,
  handOverMs: 1_000,
  answersWaitMs: 500,
  answersAskMs: 50,
  // One of two is with the majority whatever a partition does.
  noticeCopies: 2,
  messagesPerSecond: 62,
  relay: true,
  chainsEndAnswers: true,
  snapshotEveryEntries: 10_000,
  keepEntries: 1_000,
  warmUpRequests: 800,
  raft: {
    tickMs: 10,
    // An election starts 1.2 to 2.4 s after the last sign of a leader; idle followers hear of theirs twice in that time.
    electionTimeoutTicks: 120,
    heartbeatTicks: 50,
    // Above the latency of a busy machine, below the distance of two requests.
    resendTicks: 4,
    replication: "thrifty",
    leaseReads: true,
    // Processes on one machine share one clock; the bound leaves room for its granularity.
    clockDriftMax: 0.05,
    // A chain carries two appends; both fit into the 9 KB that some systems allow for a datagram.
    messageBytesMax: 4_500,
    snapshotChunkBytesMax: 4_000,
    snapshotBytesMax: 64 * 1024 * 1024,
  },
};
