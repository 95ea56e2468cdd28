// What can be set about a Raft node; every limit has a default and a bound.
import type { Entry, HardState, NodeId, Snapshot } from "./entry.ts";
import type { Membership } from "./membership.ts";

/** How a leader spreads new entries. */
export type ReplicationMode =
  /** To every member at once: lowest latency of the slowest follower. */
  | "eager"
  /** To a bare majority first, in rotation; the others catch up with their next turn or heartbeat: fewest messages. */
  | "thrifty";

/** The settings of one node. Times in ticks; `tickMs` says how long the shell means a tick to be. */
export interface RaftConfig {
  readonly id: NodeId;
  /** Nominal length of a tick, ms. Votes and leases are judged by the clock (`now`), not by ticks, because a process can be paused. */
  readonly tickMs: number;
  /** A follower that hears nothing campaigns after electionTimeoutTicks .. 2 * electionTimeoutTicks - 1, drawn anew each time (§5.2). */
  readonly electionTimeoutTicks: number;
  /** A follower that was sent nothing for this long gets a heartbeat. Less than half of electionTimeoutTicks. */
  readonly heartbeatTicks: number;
  /** An unanswered message counts as lost after this long. */
  readonly resendTicks: number;
  readonly replication: ReplicationMode;
  /** Serve linearizable reads by leader lease, without a message. Correct only if clocks drift apart less than `clockDriftMax`. */
  readonly leaseReads: boolean;
  /** Stated bound on how much faster one clock may run than another, as a fraction (0.1: ten per cent). Shortens the lease. */
  readonly clockDriftMax: number;
  readonly entriesPerMessageMax: number;
  readonly messageBytesMax: number;
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
  readonly commandBytesMax: number;
  /** A leader with more uncommitted bytes refuses proposals. */
  readonly uncommittedBytesMax: number;
  readonly pendingReadsMax: number;
  readonly snapshotChunkBytesMax: number;
  /** A follower refuses larger snapshots. */
  readonly snapshotBytesMax: number;
}

/** What a node starts from: nothing but its membership at first, and after a restart what its Readys said to persist. */
export interface InitialState {
  /** The membership at log index 0; every first member starts from the same. Ignored when there is a snapshot. */
  readonly membership: Membership;
  readonly hardState?: HardState;
  readonly snapshot?: Snapshot;
  /** The durable entries after the snapshot, in order. */
  readonly entries?: readonly Entry[];
  /** The state machine already holds everything up to here (at least the snapshot, at most the commit index). */
  readonly lastApplied?: number;
}

const defaults = {
  tickMs: 100,
  electionTimeoutTicks: 10,
  heartbeatTicks: 1,
  resendTicks: 5,
  replication: "eager",
  leaseReads: false,
  clockDriftMax: 0.1,
  entriesPerMessageMax: 1024,
  messageBytesMax: 1024 * 1024,
  inflightMessagesMax: 256,
  inflightBytesMax: 16 * 1024 * 1024,
  commandBytesMax: 1_572_864,
  uncommittedBytesMax: 64 * 1024 * 1024,
  pendingReadsMax: 65_536,
  snapshotChunkBytesMax: 64 * 1024,
  snapshotBytesMax: 8 * 1024 * 1024 * 1024,
} as const satisfies Omit<RaftConfig, "id">;

/** What a caller gives: the id, and whatever should differ from the defaults. */
export type RaftOptions = Pick<RaftConfig, "id"> & Partial<RaftConfig>;

/** Fills in the defaults. Throws RangeError that names the setting, its value and the allowed range. */
export function raftConfig(options: RaftOptions): RaftConfig {
  const config: RaftConfig = { ...defaults, ...options };
  if (config.id === "") throw new RangeError("id must not be empty");
  if (!["eager", "thrifty"].includes(config.replication)) {
    throw new RangeError(`replication is ${config.replication}; allowed is eager or thrifty`);
  }
  requireRange("tickMs", config.tickMs, { from: 0.001, to: 1_000_000 });
  requireRange("clockDriftMax", config.clockDriftMax, { from: 0, to: 0.9 });
  requireWhole("electionTimeoutTicks", config.electionTimeoutTicks, { from: 2, to: 1_000_000 });
  const heartbeatMax = Math.max(1, Math.ceil(config.electionTimeoutTicks / 2) - 1);
  requireWhole("heartbeatTicks", config.heartbeatTicks, { from: 1, to: heartbeatMax });
  for (const name of countsFromOne) requireWhole(name, config[name], { from: 1, to: Number.MAX_SAFE_INTEGER });
  return config;
}

/** The settings that count messages, bytes or ticks; without a single one nothing would move. */
const countsFromOne = [
  "resendTicks",
  "entriesPerMessageMax",
  "messageBytesMax",
  "inflightMessagesMax",
  "inflightBytesMax",
  "commandBytesMax",
  "uncommittedBytesMax",
  "pendingReadsMax",
  "snapshotChunkBytesMax",
  "snapshotBytesMax",
] as const;

function requireWhole(name: string, value: number, { from, to }: { from: number; to: number }): void {
  const inside = Number.isInteger(value) && value >= from && value <= to;
  if (!inside) throw new RangeError(`${name} is ${value}; allowed is a whole number from ${from} to ${to}`);
}

function requireRange(name: string, value: number, { from, to }: { from: number; to: number }): void {
  if (!(value >= from && value <= to)) throw new RangeError(`${name} is ${value}; allowed is ${from} to ${to}`);
}
