// Events of one replica: its life, its timers, its inner state, its disk, its output.
import type { JsonValue, TraceNodeId } from "./values.ts";

/** The part a replica plays. "paused" and "dead" are what an onlooker sees; pause, kill and crash events say so better. */
export type TraceRole = "leader" | "follower" | "candidate" | "pre-candidate" | "learner" | "paused" | "dead";

/** One entry of a replica's log. */
export interface TraceEntry {
  readonly index: number;
  readonly term: number;
  /** "command" if absent; else "noop", "membership" or a name of the producer's own. */
  readonly kind?: string;
  /** The command in a few words: "put x=1". */
  readonly text?: string;
  /** The key it is about. */
  readonly key?: string;
  /** The client's operation that it comes from. */
  readonly operation?: number;
}

/**
 * A change of a replica's log.
 * append: these entries follow upon the last one (the first may also overwrite: what it meets, and all after that, goes first).
 * truncate: the entry `from` and all after it are gone.
 * compact: the entries up to and including `to` are replaced by a snapshot that ends there; `term` is that of entry `to`. A snapshot
 * that reaches beyond the last entry (one that was received) leaves an empty log behind it.
 */
export type LogChange =
  | { readonly kind: "append"; readonly entries: readonly TraceEntry[] }
  | { readonly kind: "truncate"; readonly from: number }
  | { readonly kind: "compact"; readonly to: number; readonly term: number };

/** Who takes part in elections and commits. */
export interface TraceMembership {
  readonly voters: readonly TraceNodeId[];
  /** In a joint configuration: the voters before. */
  readonly outgoing?: readonly TraceNodeId[];
  readonly learners?: readonly TraceNodeId[];
}

/** What a leader knows about one follower. */
export interface TraceProgress {
  readonly match: number;
  readonly next: number;
}

/** What a replica tells of its inner state. Absent: unchanged, or never known; null: known to be nobody, or meaningless by now. */
export interface StateFields {
  readonly role?: TraceRole;
  readonly leader?: TraceNodeId | null;
  readonly term?: number;
  readonly votedFor?: TraceNodeId | null;
  readonly commitIndex?: number;
  readonly lastApplied?: number;
  readonly lastIndex?: number;
  readonly membership?: TraceMembership;
  /** By follower; null when it leads no longer. Replaces the one before. */
  readonly progress?: { readonly [follower: TraceNodeId]: TraceProgress } | null;
  /** Whatever else is worth showing, by name; replaces the value of the same name, null removes it. */
  readonly extra?: { readonly [name: string]: JsonValue };
}

/** What has changed in a replica's inner state; it holds from now on. */
export interface StateEvent extends StateFields {
  readonly type: "state";
  readonly at: number;
  readonly replica: TraceNodeId;
  /** Changes of the log in their order. `lastIndex` follows from them and may be left out. */
  readonly log?: readonly LogChange[];
  /** Why, in a few words: "higher term in AppendEntries of n2". */
  readonly why?: string;
}

/** A timer of a replica is set, goes off, or is set no longer. */
export interface TimerEvent {
  readonly type: "timer";
  readonly at: number;
  readonly replica: TraceNodeId;
  /** "election", "heartbeat", "lease", ... A replica has one timer of a name; setting it again replaces it. */
  readonly timer: string;
  readonly action: "set" | "fire" | "cancel";
  /** Of "set": when it will go off, in ms since the run began. */
  readonly due?: number;
}

/** A replica writes to its disk, as far as its promises depend on it. */
export interface PersistEvent {
  readonly type: "persist";
  readonly at: number;
  readonly replica: TraceNodeId;
  /**
   * start: handed to the disk, but a crash may lose it; done: durable; failed: the disk said no; lost: a crash took what had been
   * started, and the fields say what the disk holds now.
   */
  readonly phase: "start" | "done" | "failed" | "lost";
  /** What the disk holds with it; absent: this write does not touch it. */
  readonly term?: number;
  readonly votedFor?: TraceNodeId | null;
  readonly lastIndex?: number;
  readonly snapshotIndex?: number;
  /** Of "failed" and "lost": how, in words. */
  readonly detail?: string;
}

/** The run ends a replica on purpose. */
export interface KillEvent {
  readonly type: "kill";
  readonly at: number;
  readonly replica: TraceNodeId;
  /** "SIGTERM", "SIGKILL", or absent in virtual time. */
  readonly signal?: string;
  /** The moment, where it matters: "between persist and send". */
  readonly detail?: string;
}

/** A replica ended although nobody ended it. */
export interface CrashEvent {
  readonly type: "crash";
  readonly at: number;
  readonly replica: TraceNodeId;
  /** "exit status 1", "SIGSEGV", an error's first line. */
  readonly detail: string;
}

/**
 * A killed or crashed replica starts anew. Its term, vote, log and membership are what it had when it ended, unless state events say
 * otherwise; role, leader, commit and applied index, progress and timers are forgotten.
 */
export interface RestartEvent {
  readonly type: "restart";
  readonly at: number;
  readonly replica: TraceNodeId;
  /** Its disk is empty: everything is forgotten. */
  readonly wiped?: boolean;
}

/** A replica stands still without noticing. */
export interface PauseEvent {
  readonly type: "pause";
  readonly at: number;
  readonly replica: TraceNodeId;
}

/** A paused replica goes on. */
export interface ResumeEvent {
  readonly type: "resume";
  readonly at: number;
  readonly replica: TraceNodeId;
}

/** A replica's clock goes wrong, or right again, from now on. */
export interface ClockEvent {
  readonly type: "clock";
  readonly at: number;
  readonly replica: TraceNodeId;
  /** Seconds that it counts in a true second; 1 is right. */
  readonly rate?: number;
  /** How far it jumps now, in ms. */
  readonly jumpMs?: number;
}

/** A line that a replica printed. */
export interface ReplicaOutputEvent {
  readonly type: "replica-output";
  readonly at: number;
  readonly replica: TraceNodeId;
  readonly stream: "stdout" | "stderr";
  /** One line without its end. */
  readonly text: string;
}
