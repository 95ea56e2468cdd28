// What a replica shows to who watches it: what is on its disk, what a crash would lose, and what happens to it.
import type {
  Entry,
  HardState,
  LogIndex,
  Membership,
  Message,
  RaftNode,
  ReadState,
  Ready,
  Role,
  Snapshot,
  Term,
} from "../raft/index.ts";
import type { Recovered } from "./disk/replica-storage.ts";
import type { CrashDamage } from "./disk/simulated-disk.ts";
import type { LogImage } from "./log-image.ts";
import type { Replica } from "./replica.ts";
import type { KeyValueStore, WriteResult } from "./store/key-value-store.ts";

/** What a node was given, and what it was given it with. */
export type Input =
  | { readonly type: "tick" | "advance" | "propose" | "read" | "membership" | "transfer" | "campaign" }
  | { readonly type: "message"; readonly message: Message };

/** What the shell tells about itself; every method is called when the thing has just happened. */
export interface ReplicaObserver {
  started(replica: Replica, recovered: Recovered): void;
  /** The node has handled an input; `running.seen` still shows what was before. */
  handled(replica: Replica, running: Running, input: Input): void;
  /** A Ready has been taken; `handed` does not show it yet. It sums up so many inputs. */
  taken(replica: Replica, running: Running, ready: Ready, inputs: number): void;
  /** `handed` shows the Ready; nothing of it has been done. */
  handedOut(replica: Replica, running: Running, ready: Ready, inputs: number): void;
  persisted(replica: Replica, ready: Ready): void;
  sent(replica: Replica, message: Message): void;
  /** The state machine has loaded a snapshot. */
  installed(replica: Replica, running: Running, snapshot: Snapshot): void;
  /** The state machine has applied an entry; `result` is what a command answered. */
  applied(replica: Replica, running: Running, entry: Entry, result: WriteResult | undefined): void;
  /** A snapshot is durable, and the log up to `forgotTo` forgotten (0: nothing). */
  compacted(replica: Replica, snapshot: Snapshot, log: { readonly forgotTo: LogIndex }): void;
  /** A read may be served from the state machine now. */
  readable(replica: Replica, running: Running, read: ReadState): void;
  crashed(replica: Replica, why: string, damage: CrashDamage): void;
  /** The hash of the committed log up to an index: what a snapshot there stands for. */
  logHashAt(index: LogIndex): number;
}

/** What is on the disk for certain, as the ghost knows it. */
export interface Durable {
  hardState: HardState | undefined;
  snapshot: Snapshot | undefined;
  log: LogImage;
}

/** What was last seen of a node: the rules compare it with what is. */
export interface Seen {
  role: Role;
  term: Term;
  votedFor: string | undefined;
  commitIndex: LogIndex;
  lastIndex: LogIndex;
  electionElapsedTicks: number;
  membership: Membership;
}

/** What a crash loses. */
export interface Running {
  readonly node: RaftNode;
  readonly seen: Seen;
  /** The node's log as far as Readys have shown it. */
  readonly handed: LogImage;
  /** The term that it led when its last Ready was taken; undefined: it did not lead. */
  ledTerm: Term | undefined;
  /** Up to here it has handed out committed entries. */
  handedCommit: LogIndex;
  readonly underway: Underway[];
  /** Something is being written. */
  writing: boolean;
  store: KeyValueStore;
  appliedIndex: LogIndex;
  appliedTerm: Term;
  /** Reads whose index is not applied yet. */
  waitingReads: ReadState[];
  handOutPlanned: boolean;
  inputsSinceHandOut: number;
  compactionWanted: boolean;
}

/** A Ready that is being done. */
export interface Underway {
  readonly ready: Ready;
  stage: "handed" | "persisted" | "sent";
}
