// What differs from seed to seed before anything happens: sizes, limits, speeds, and which faults come how often. Plain JSON, so that a
// scenario file can hold it.
import type { RaftOptions } from "../raft/index.ts";

/** How the network treats messages, between replicas and between clients and replicas. Shares 0 .. 1, times in virtual ms. */
export interface NetworkSettings {
  /** What a message takes that nothing happens to. */
  readonly delayMs: number;
  readonly loss: number;
  readonly duplication: number;
  /** This share of messages takes a random time around `jitterMs`, one in a hundred of them twenty times that: they overtake. */
  readonly jitter: number;
  readonly jitterMs: number;
  /** This share is held for up to `heldMaxMs`, or until the next change of leader: they arrive in a world that has gone on. */
  readonly holding: number;
  readonly heldMaxMs: number;
}

/** How a replica's process and its disk behave. Times in virtual ms. */
export interface ProcessSettings {
  /** Inputs gather this long before their Ready is taken; 0: a Ready after every input. */
  readonly gatherMs: number;
  readonly syncMs: number;
  readonly applyMs: number;
  /** This share of syncs and applies takes a random time up to `slowMaxMs`. */
  readonly slowness: number;
  readonly slowMaxMs: number;
  /** Readys under way at once. */
  readonly pipelineMax: number;
  /** Chance of a crash at each boundary between two steps of a Ready. */
  readonly crashAtBoundary: number;
  /** Chance that a sync fails, which stops the process. */
  readonly syncError: number;
  /** Un-synced writes are lost, kept and torn at random in a crash; otherwise all of them are lost. */
  readonly tornWrites: boolean;
  readonly downMaxMs: number;
  /** The state machine survives a crash; otherwise it is built again from the snapshot. */
  readonly stateSurvives: boolean;
  /** A snapshot is taken when this many entries have been applied since the last; so many entries are kept before it. */
  readonly snapshotEvery: number;
  readonly keepEntries: number;
}

/** Mean time between two events of a kind over the whole cluster, virtual ms; absent: it does not happen in this seed. */
export interface Rates {
  readonly operation: number;
  readonly partition?: number;
  readonly cutOffLeader?: number;
  readonly swizzle?: number;
  readonly clog?: number;
  readonly crash?: number;
  readonly crashMany?: number;
  readonly pause?: number;
  readonly wipe?: number;
  readonly membership?: number;
  readonly transfer?: number;
  readonly campaign?: number;
}

/** What clients do. */
export interface ClientSettings {
  readonly count: number;
  /** Keys in use at one time; after some operations on each come new ones, so that what stays unknown does not pile up. */
  readonly keys: number;
  readonly operationsPerKey: number;
  /** Share of operations that read. */
  readonly reads: number;
  /** A client turns to another replica after this long, and gives up after `giveUpMs`: then the outcome is unknown. Virtual ms. */
  readonly attemptMs: number;
  readonly giveUpMs: number;
}

/** A replica's clock: it shows `offsetMs` at the beginning of the run, and runs `speed` times as fast as virtual time. */
export interface ClockSettings {
  readonly offsetMs: number;
  readonly speed: number;
}

/** Everything that is decided before the run. */
export interface Settings {
  /** All replicas; those that are not voters at first may be added later. */
  readonly nodes: readonly string[];
  readonly voters: readonly string[];
  readonly raft: Omit<RaftOptions, "id">;
  /** By node; one that is not named has the true clock. */
  readonly clocks: Readonly<Record<string, ClockSettings>>;
  readonly network: NetworkSettings;
  readonly process: ProcessSettings;
  readonly clients: ClientSettings;
  readonly rates: Rates;
  /** The safety phase ends when so much virtual time has passed and so many operations have begun. */
  readonly safetyMs: number;
  readonly operationsMin: number;
}

/** The shortest election timeout of these settings, virtual ms: the unit of most durations. */
export function electionMs({ raft }: Pick<Settings, "raft">): number {
  return (raft.tickMs ?? 1) * (raft.electionTimeoutTicks ?? 1);
}
