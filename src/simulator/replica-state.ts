// What a replica is made of, for who watches it: what is on its disk, and what a crash would lose.
import type {
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
import type { LogImage } from "./log-image.ts";
import type { KeyValueStore } from "./store/key-value-store.ts";

/** What a node was given, and what it was given it with. */
export type Input =
  | { readonly type: "tick" | "advance" | "propose" | "read" | "membership" | "transfer" | "campaign" }
  | { readonly type: "message"; readonly message: Message };

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
