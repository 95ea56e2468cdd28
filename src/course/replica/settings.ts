// The replica's constants: where it stands between few messages and low latency. docs/course.md argues for the values.

export const settings = {
  /** Nothing goes to other replicas before this age, ms: a message to one that has not said hello would kill it (course rule). */
  silenceMs: 2_000,
  /** The lowest id starts the first election at this age, ms, and the others' timers start; clients start at 5 s. */
  firstElectionMs: 3_500,
  /** A request that has waited this long at a replica without a leader is sent to a replica on the other side, perhaps. */
  handOverMs: 1_000,
  /** A new leader waits this long for what others know of answers before it answers inherited puts, and asks so often, ms. */
  answersWaitMs: 500,
  answersAskMs: 100,
  /** Notices of answered requests are sent only while the leader sends and receives less than this. */
  messagesPerSecond: 62,
  /** A new process serves so many requests to itself (warm-up.ts); about 0.2 s of one core. */
  warmUpRequests: 800,
  /** Replicate along a chain of two followers (relay.ts) instead of to both at once. */
  relay: true as boolean,
  /** The log is compacted when it holds this many applied entries; the newest stay for followers that are a little behind. */
  snapshotEveryEntries: 10_000,
  keepEntries: 1_000,
  raft: {
    tickMs: 10,
    /** An election starts 1.2 to 2.4 s after the last sign of a leader. */
    electionTimeoutTicks: 120,
    /** A follower that got no append for this long gets a heartbeat. */
    heartbeatTicks: 50,
    /** An append without an answer for this long was lost, and another follower gets it. Above the latency of a busy machine. */
    resendTicks: 4,
    /** Processes on one machine share one clock; the bound leaves room for its granularity. */
    clockDriftMax: 0.05,
    /** Keeps datagrams below the 9 KB that some systems allow, JSON escapes included. */
    messageBytesMax: 6_000,
    snapshotChunkBytesMax: 4_000,
    snapshotBytesMax: 64 * 1024 * 1024,
  },
} as const;
