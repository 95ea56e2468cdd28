// One replica of a scenario: a RaftNode, a disk that can stand still, and a state machine that lists the commands it applied.
import { assert } from "../../src/base/index.ts";
import {
  type Entry,
  type HardState,
  type Membership,
  type Message,
  RaftNode,
  type RaftOptions,
  type RaftStatus,
  type ReadState,
  type Ready,
  type Snapshot,
  sameMembership,
} from "../../src/raft/index.ts";
import { textOfEntries, textOfMembership, textOfRole } from "./notation.ts";

/** What the node may do to the world around it. */
export interface Surroundings {
  readonly now: () => number;
  readonly send: (message: Message) => void;
  readonly trace: (line: string) => void;
}

/** What a node starts from, when it is not empty. */
export interface Past {
  readonly hardState?: HardState;
  readonly snapshot?: Snapshot;
  readonly entries: readonly Entry[];
}

export class ScenarioNode {
  readonly id: string;
  readonly #options: Omit<RaftOptions, "id">;
  readonly #membership: Membership;
  readonly #world: Surroundings;
  /** What survives a crash. */
  #durable: Past = { entries: [] };
  #node: RaftNode | undefined;
  #status: RaftStatus | undefined;
  /** The log as Readys have shown it: entries after `#baseIndex`. */
  #log: Entry[] = [];
  #baseIndex = 0;
  #applied: string[] = [];
  #appliedIndex = 0;
  #waitingReads: ReadState[] = [];
  /** Readys that wait for the disk; undefined: the disk works. */
  #stalled: Ready[] | undefined;
  #incarnations = 0;

  constructor(
    id: string,
    setup: { options: Omit<RaftOptions, "id">; membership: Membership; past?: Past; world: Surroundings },
  ) {
    this.id = id;
    this.#options = setup.options;
    this.#membership = setup.membership;
    this.#world = setup.world;
    if (setup.past !== undefined) this.#durable = setup.past;
    this.start();
  }

  get isRunning(): boolean {
    return this.#node !== undefined;
  }
  get status(): RaftStatus {
    assert(this.#status !== undefined, `node ${this.id} is not running`);
    return this.#status;
  }
  get log(): readonly Entry[] {
    return this.#log;
  }
  get applied(): readonly string[] {
    return this.#applied;
  }

  start(): void {
    assert(this.#node === undefined, `node ${this.id} runs already`);
    const { snapshot, entries } = this.#durable;
    this.#log = [...entries];
    this.#baseIndex = snapshot?.lastIncludedIndex ?? 0;
    this.#applied = snapshot === undefined ? [] : decodeState(snapshot.state);
    this.#appliedIndex = this.#baseIndex;
    this.#waitingReads = [];
    const options = { ...this.#options, id: this.id, seed: `${this.id}/${this.#incarnations++}` };
    this.#node = new RaftNode(options, { membership: this.#membership, ...this.#durable }, this.#world.now());
    this.#status = this.#node.status();
    this.#work();
  }

  /** Everything that is not durable is gone. */
  crash(): void {
    assert(this.#node !== undefined, `node ${this.id} is not running`);
    this.#node = undefined;
    this.#status = undefined;
    if (this.#stalled !== undefined) this.#stalled = [];
  }

  /** Gives the node an input, and does what it then wants done. */
  input<Result>(give: (node: RaftNode, now: number) => Result): Result {
    assert(this.#node !== undefined, `node ${this.id} is not running`);
    const result = give(this.#node, this.#world.now());
    this.#observeRole();
    this.#work();
    return result;
  }

  stopDisk(): void {
    this.#stalled ??= [];
  }

  startDisk(): void {
    const waiting = this.#stalled ?? [];
    this.#stalled = undefined;
    for (const ready of waiting) this.#persistAndApply(ready);
    this.#work();
  }

  /** Takes a snapshot at an applied index, and compacts the log up to there. */
  compact({ index, keepEntries }: { index: number; keepEntries: number }): void {
    const upTo = this.#log.filter((entry) => entry.index <= index);
    const last = upTo.at(-1);
    assert(last?.index === index, `node ${this.id} holds entry ${index}`);
    const changes = upTo.filter((entry) => entry.type === "membership");
    const before = this.#durable.snapshot;
    const commands = [...(before ? decodeState(before.state) : []), ...upTo.flatMap(commandOf)];
    const snapshot: Snapshot = {
      lastIncludedIndex: index,
      lastIncludedTerm: last.term,
      membership: changes.at(-1)?.membership ?? before?.membership ?? this.#membership,
      state: encodeState(commands),
    };
    this.#log = this.#log.filter((entry) => entry.index > index);
    this.#baseIndex = index;
    this.#durable = {
      ...this.#durable,
      snapshot,
      entries: this.#durable.entries.filter((entry) => entry.index > index),
    };
    this.input((node) => node.compact({ index, state: snapshot.state, keepEntries }));
  }

  #work(): void {
    while (this.#node?.hasReady()) {
      const ready = this.#node.ready();
      this.#showLog(ready);
      this.#observeIndexes();
      for (const message of ready.messages) this.#world.send(message);
      if (this.#stalled === undefined) this.#persistAndApply(ready);
      else this.#stalled.push(ready);
    }
    this.#observeIndexes();
  }

  #persistAndApply(ready: Ready): void {
    const { snapshot = this.#durable.snapshot, hardState = this.#durable.hardState } = ready;
    const first = ready.entries[0]?.index ?? Number.POSITIVE_INFINITY;
    const standing = ready.snapshot === undefined ? this.#durable.entries.filter((entry) => entry.index < first) : [];
    const entries = [...standing, ...ready.entries];
    this.#durable = { entries, ...(snapshot && { snapshot }), ...(hardState && { hardState }) };
    for (const message of ready.messagesAfterPersist) this.#world.send(message);
    this.#apply(ready);
    this.#node?.advance(ready);
    this.#observeRole();
  }

  /** A read is answered when the state machine has come as far as its index. */
  #apply(ready: Ready): void {
    if (ready.snapshot !== undefined) this.#applied = decodeState(ready.snapshot.state);
    this.#applied.push(...ready.committedEntries.flatMap(commandOf));
    const installed = ready.snapshot?.lastIncludedIndex ?? 0;
    this.#appliedIndex = Math.max(this.#appliedIndex, installed, ready.committedEntries.at(-1)?.index ?? 0);
    this.#waitingReads.push(...ready.readStates);
    const served = this.#waitingReads.filter(({ readIndex }) => readIndex <= this.#appliedIndex);
    this.#waitingReads = this.#waitingReads.filter(({ readIndex }) => readIndex > this.#appliedIndex);
    for (const { context, readIndex } of served) this.#say(`answers read ${context} at index ${readIndex}`);
  }

  /** Says what became of the log; the durable part follows when the disk does. */
  #showLog({ snapshot, entries }: Ready): void {
    if (snapshot !== undefined) {
      this.#log = [];
      this.#baseIndex = snapshot.lastIncludedIndex;
      this.#say(`installs the snapshot up to ${snapshot.lastIncludedIndex}@${snapshot.lastIncludedTerm}`);
    }
    const [first] = entries;
    if (first === undefined) return;
    const removed = this.#log.slice(first.index - this.#baseIndex - 1);
    this.#log.length -= removed.length;
    this.#log.push(...entries);
    if (removed.length > 0) this.#say(`removes ${textOfEntries(removed)}`);
    this.#say(`appends ${textOfEntries(entries)}`);
  }

  #observeRole(): void {
    const status = this.#node?.status();
    if (status === undefined) return;
    if (this.#status !== undefined && textOfRole(this.#status) !== textOfRole(status)) {
      this.#say(`becomes ${textOfRole(status)}`);
    }
    const { membership = status.membership, commitIndex = status.commitIndex } = this.#status ?? {};
    this.#status = { ...status, membership, commitIndex };
  }

  /** Comes after what became of the log, for it follows from that. */
  #observeIndexes(): void {
    const before = this.#status;
    const status = this.#node?.status();
    this.#status = status;
    if (before === undefined || status === undefined) return;
    if (!sameMembership(before.membership, status.membership)) this.#say(`uses ${textOfMembership(status.membership)}`);
    if (before.commitIndex !== status.commitIndex) this.#say(`commits up to ${status.commitIndex}`);
  }

  #say(what: string): void {
    this.#world.trace(`${this.id} ${what}`);
  }
}

function commandOf(entry: Entry): string[] {
  return entry.type === "command" ? [new TextDecoder().decode(entry.command)] : [];
}

function encodeState(commands: readonly string[]): Uint8Array {
  return new TextEncoder().encode(commands.join(" "));
}

function decodeState(state: Uint8Array): string[] {
  return state.byteLength === 0 ? [] : new TextDecoder().decode(state).split(" ");
}
