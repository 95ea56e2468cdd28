// What the leader knows about each follower, and how fast it may send to it.
import { assert } from "../base/index.ts";
import type { LogIndex, Snapshot } from "./entry.ts";

/** So many unanswered messages in a row may be chance; a follower that left more open, for long, is dead or cut off. */
const chanceMissesMax = 4;

/** Limits on what may be under way to one follower. */
export interface InflightLimits {
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
}

/** The unacknowledged AppendEntries on their way to one follower, oldest first; bounded by count and bytes (flow control). */
export class Inflights {
  #messages: { readonly lastIndex: LogIndex; readonly bytes: number }[] = [];
  #bytes = 0;

  get count(): number {
    return this.#messages.length;
  }
  isFull(limits: InflightLimits): boolean {
    return this.#messages.length >= limits.inflightMessagesMax || this.#bytes >= limits.inflightBytesMax;
  }
  add(message: { lastIndex: LogIndex; bytes: number }): void {
    this.#messages.push(message);
    this.#bytes += message.bytes;
  }
  /** Everything up to `index` has arrived. */
  freeTo(index: LogIndex): void {
    const arrived = this.#messages.filter((message) => message.lastIndex <= index);
    for (const message of arrived) this.#bytes -= message.bytes;
    this.#messages.splice(0, arrived.length);
  }
  clear(): void {
    this.#messages = [];
    this.#bytes = 0;
  }
}

/** What the leader knows about one follower. Invariant: 0 <= matchIndex < nextIndex. */
export interface Progress {
  /** Highest index known to be replicated, durably, on the follower; only grows within a term. */
  matchIndex: LogIndex;
  /** Next index to send; ahead of matchIndex + 1 only while messages are under way. */
  nextIndex: LogIndex;
  /**
   * probe: the log position is unknown, one message at a time. replicate: pipelined. snapshot: the follower needs entries that
   * have been compacted, and receives the snapshot in chunks.
   */
  state: "probe" | "replicate" | "snapshot";
  /** In replicate: what is under way. Empty in the other states. */
  readonly inflights: Inflights;
  /** Ticks since the oldest message that wants an answer was sent; undefined when nothing is awaited. */
  awaitingTicks: number | undefined;
  /** Messages in a row that stayed without an answer; any answer sets it to 0. */
  misses: number;
  /** False after long silence in spite of questions: then it gets heartbeats only, until it answers. */
  responsive: boolean;
  /** Ticks since anything was sent; decides when a heartbeat is due. */
  ticksSinceSent: number;
  /** Ticks since anything was heard in this term; decides whether the leader still has a quorum (CheckQuorum). */
  ticksSinceHeard: number;
  /** The latest `sentAt` that came back: at that time of the leader's clock the follower had not yet voted against it. */
  ackedSentAt: number;
  /** The latest read round that went out with a wish for an answer, and the latest that came back. */
  sentRound: number;
  ackedRound: number;
  /** The highest leaderCommit that was sent; tells whether the follower must still be told of a commit. */
  sentCommit: LogIndex;
  /** In snapshot: which snapshot, and the offset of the next chunk. Undefined in the other states. */
  transfer: { readonly snapshot: Snapshot; offset: number } | undefined;
}

/** A follower about which nothing is known yet: as if just heard, but never sent to. */
export function newProgress(nextIndex: LogIndex): Progress {
  return {
    matchIndex: 0,
    nextIndex,
    state: "probe",
    inflights: new Inflights(),
    awaitingTicks: undefined,
    misses: 0,
    responsive: true,
    ticksSinceSent: Number.POSITIVE_INFINITY,
    ticksSinceHeard: 0,
    ackedSentAt: Number.NEGATIVE_INFINITY,
    sentRound: 0,
    ackedRound: 0,
    sentCommit: 0,
    transfer: undefined,
  };
}

export function becomeProbe(progress: Progress, nextIndex: LogIndex): void {
  assert(nextIndex > progress.matchIndex, "nextIndex stays above matchIndex");
  progress.state = "probe";
  progress.nextIndex = nextIndex;
  progress.inflights.clear();
  progress.awaitingTicks = undefined;
  progress.transfer = undefined;
}

export function becomeReplicate(progress: Progress): void {
  progress.state = "replicate";
  progress.nextIndex = progress.matchIndex + 1;
  progress.inflights.clear();
  progress.awaitingTicks = undefined;
  progress.transfer = undefined;
}

export function becomeSnapshot(progress: Progress, snapshot: Snapshot): void {
  progress.state = "snapshot";
  progress.nextIndex = progress.matchIndex + 1;
  progress.inflights.clear();
  progress.awaitingTicks = undefined;
  progress.transfer = { snapshot, offset: 0 };
}

/** The follower answered, whatever it said. */
export function heardFrom(progress: Progress, proof: { sentAt: number; round: number }): void {
  progress.misses = 0;
  progress.responsive = true;
  progress.ticksSinceHeard = 0;
  progress.ackedSentAt = Math.max(progress.ackedSentAt, proof.sentAt);
  progress.ackedRound = Math.max(progress.ackedRound, proof.round);
}

/** The follower's log agrees up to `index`. Returns whether that is news; stale answers change nothing. */
export function advanceMatch(progress: Progress, index: LogIndex): boolean {
  progress.inflights.freeTo(index);
  const somethingUnderWay = progress.inflights.count > 0 || progress.ackedRound < progress.sentRound;
  progress.awaitingTicks = somethingUnderWay ? 0 : undefined;
  if (index <= progress.matchIndex) return false;
  progress.matchIndex = index;
  progress.nextIndex = Math.max(progress.nextIndex, index + 1);
  return true;
}

/** Nothing came back in time: what was under way is taken for lost, and will be sent again. `patienceTicks` bounds how long that is chance. */
export function presumeLost(progress: Progress, patienceTicks: number): void {
  progress.misses++;
  if (progress.misses > chanceMissesMax && progress.ticksSinceHeard >= patienceTicks) progress.responsive = false;
  progress.awaitingTicks = undefined;
  progress.inflights.clear();
  if (progress.state === "replicate") progress.nextIndex = progress.matchIndex + 1;
}
