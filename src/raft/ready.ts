// What a node wants done, as data; the shell does it in the stated order.
import type { Entry, HardState, LogIndex, Snapshot } from "./entry.ts";
import type { Message } from "./messages.ts";

/** A linearizable read may be served from the state machine once it has applied `readIndex`. */
export interface ReadState {
  /** The context that was given to readIndex. */
  readonly context: string;
  readonly readIndex: LogIndex;
}

/**
 * All outstanding work of a node. The shell must, in this order:
 * 1. send `messages` (they promise nothing that is not yet durable; they may leave while 2 is under way);
 * 2. make `snapshot` (replacing the whole log), `entries` (replacing whatever stood from the first one's index on) and `hardState`
 *    durable, together and in this order;
 * 3. send `messagesAfterPersist` (votes, acknowledgements: they promise what 2 made durable);
 * 4. load `snapshot` into the state machine, apply `committedEntries` in order, then serve `readStates` whose index is applied;
 * 5. call `advance(ready)`.
 * Several Readys may be under way; each step is done, and each is advanced, in the order in which they were handed out.
 */
export interface Ready {
  readonly messages: readonly Message[];
  readonly snapshot: Snapshot | undefined;
  readonly entries: readonly Entry[];
  readonly hardState: HardState | undefined;
  readonly messagesAfterPersist: readonly Message[];
  readonly committedEntries: readonly Entry[];
  readonly readStates: readonly ReadState[];
}

/** What must be durable at the sender before a message may leave. */
export interface DurabilityPromise {
  /** The sender's durable currentTerm must be at least this. */
  readonly term: number;
  /** In that term, the durable vote must be this. */
  readonly votedFor?: string;
  /** The durable log (or snapshot) must reach this index. */
  readonly lastIndex?: LogIndex;
}

/** The durability that a message promises to its receiver; undefined if it promises nothing. For simulators and assertions. */
export function durabilityPromisedBy(message: Message): DurabilityPromise | undefined {
  const { term } = message;
  switch (message.type) {
    case "RequestVote":
      return { term, votedFor: message.from, lastIndex: message.lastLogIndex };
    case "RequestVoteResponse":
      return message.voteGranted ? { term, votedFor: message.to } : { term };
    case "AppendEntriesResponse":
      return message.success ? { term, lastIndex: message.matchIndex } : { term };
    case "InstallSnapshotResponse":
      return message.done ? { term, lastIndex: message.matchIndex } : { term };
    case "AppendEntries":
    case "InstallSnapshot":
    case "TimeoutNow":
    case "ReadIndexResponse":
      return { term };
    case "PreVote":
    case "PreVoteResponse":
    case "ReadIndexRequest":
      return undefined;
  }
}
