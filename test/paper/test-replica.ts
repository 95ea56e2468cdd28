// One node on a test bench: a shell in memory that does what Ready says, in order, and answers as well-behaved peers would.
import assert from "node:assert/strict";
import {
  durabilityPromisedBy,
  type Entry,
  type HardState,
  type InitialState,
  type Message,
  membershipOf,
  type NodeId,
  type RaftConfig,
  RaftNode,
  type RaftStatus,
  type ReadState,
  type Ready,
  type Snapshot,
} from "../../src/raft/index.ts";
import { bytes, friendlyAnswer } from "./messages.ts";

const TICK_MS = 100;

/** How a node is set up: by default node A of the voters A, B and C, at the very beginning. */
export interface Setup extends Partial<RaftConfig> {
  readonly voters?: readonly NodeId[];
  readonly learners?: readonly NodeId[];
  readonly seed?: number;
  readonly past?: Omit<InitialState, "membership">;
  readonly now?: number;
}

/** A node and its shell. Every input is followed by all the work that it brings; the messages of that work are returned. */
export class TestReplica {
  readonly node: RaftNode;
  readonly disk: { hardState: HardState; snapshot: Snapshot | undefined; entries: Entry[] };
  readonly applied: Entry[] = [];
  readonly reads: ReadState[] = [];
  now: number;

  constructor({ voters = ["A", "B", "C"], learners = [], seed = 1, past = {}, now = 0, id = "A", ...config }: Setup) {
    this.now = now;
    this.node = new RaftNode({ id, seed, ...config }, { membership: membershipOf(voters, learners), ...past }, now);
    const hardState = past.hardState ?? { currentTerm: 0, votedFor: undefined, commitIndex: 0 };
    this.disk = { hardState, snapshot: past.snapshot, entries: [...(past.entries ?? [])] };
  }

  get status(): RaftStatus {
    return this.node.status();
  }

  /** What a node that starts again after a crash would find. */
  get past(): Omit<InitialState, "membership"> {
    const { hardState, snapshot, entries } = this.disk;
    return { hardState, entries, ...(snapshot === undefined ? {} : { snapshot }) };
  }

  /** The terms of the whole log, read from the disk after a drain. */
  get terms(): number[] {
    return this.disk.entries.map((entry) => entry.term);
  }

  step(message: Message): Message[] {
    this.node.step(message, this.now);
    return this.drain();
  }

  /** Ticks, a tick's time apart, and gives the messages of all of them. */
  tick(count = 1): Message[] {
    const sent: Message[] = [];
    for (let done = 0; done < count; done++) {
      this.now += TICK_MS;
      this.node.tick(this.now);
      sent.push(...this.drain());
    }
    return sent;
  }

  campaign(): Message[] {
    this.node.campaign(this.now);
    return this.drain();
  }

  propose(text: string): Message[] {
    const result = this.node.propose(bytes(text), this.now);
    assert.equal(result.accepted, true);
    return this.drain();
  }

  read(context: string): Message[] {
    assert.equal(this.node.readIndex(context, this.now).accepted, true);
    return this.drain();
  }

  drain(): Message[] {
    const sent: Message[] = [];
    while (this.node.hasReady()) sent.push(...this.carryOut(this.node.ready()));
    return sent;
  }

  /** Does the work of one Ready; checks that no message promises what is not durable. Returns the messages sent. */
  carryOut(ready: Ready): Message[] {
    for (const message of ready.messages) this.#requireDurable(message);
    this.persist(ready);
    for (const message of ready.messagesAfterPersist) this.#requireDurable(message);
    this.applied.push(...ready.committedEntries);
    this.reads.push(...ready.readStates);
    this.node.advance(ready);
    return [...ready.messages, ...ready.messagesAfterPersist];
  }

  persist({ snapshot, entries, hardState }: Ready): void {
    const { disk } = this;
    if (snapshot !== undefined) {
      disk.snapshot = snapshot;
      disk.entries = [];
    }
    const [first] = entries;
    if (first !== undefined) disk.entries = [...disk.entries.filter((entry) => entry.index < first.index), ...entries];
    if (hardState !== undefined) disk.hardState = hardState;
  }

  #requireDurable(message: Message): void {
    const promise = durabilityPromisedBy(message);
    if (promise === undefined) return;
    const { hardState, snapshot, entries } = this.disk;
    assert.ok(hardState.currentTerm >= promise.term, `${message.type} left before its term was durable`);
    if (promise.votedFor !== undefined && hardState.currentTerm === promise.term) {
      assert.equal(hardState.votedFor, promise.votedFor, `${message.type} left before its vote was durable`);
    }
    const lastIndex = entries.at(-1)?.index ?? snapshot?.lastIncludedIndex ?? 0;
    assert.ok(lastIndex >= (promise.lastIndex ?? 0), `${message.type} left before its entries were durable`);
  }
}

/** Lets the peers in `from` answer until nothing more is said; whoever is not among them is dead. Gives all messages sent. */
export function settle(replica: TestReplica, messages: readonly Message[], from?: readonly NodeId[]): Message[] {
  const all = [...messages];
  for (let at = 0; at < all.length; at++) {
    assert.ok(all.length < 10_000, "the conversation ends");
    const message = all[at];
    const answer = message === undefined ? undefined : friendlyAnswer(message);
    if (answer !== undefined && (from?.includes(answer.from) ?? true)) all.push(...replica.step(answer));
  }
  return all;
}

/** Elects the node with the votes of `from` (default: everybody); stops as soon as it leads. Gives its first messages as leader. */
export function elect(replica: TestReplica, from?: readonly NodeId[]): Message[] {
  let messages: Message[] = [];
  const leads = () => replica.status.role === "leader";
  for (let ticks = 0; !leads(); ticks++) {
    assert.ok(ticks < 1000, "the node is elected in the end");
    messages = replica.tick();
    for (let round = 0; round < 2 && !leads(); round++) {
      const answers = messages.flatMap((message) => friendlyAnswer(message) ?? []);
      messages = answers.filter((answer) => from?.includes(answer.from) ?? true).flatMap((a) => replica.step(a));
    }
  }
  return messages;
}

/** A leader whose no-op is committed and known to all of its peers. */
export function leader(setup: Setup = {}): TestReplica {
  const replica = new TestReplica(setup);
  settle(replica, elect(replica));
  assert.equal(replica.status.commitIndex, replica.status.lastIndex);
  return replica;
}
