// One replica: a RaftNode in a shell that does what its Readys say, with a clock, a disk and a state machine of its own.
import { assert, Prng } from "../base/index.ts";
import {
  type Entry,
  type LogIndex,
  type Membership,
  type Message,
  RaftNode,
  type ReadState,
  type Ready,
  type Snapshot,
} from "../raft/index.ts";
import type { Choices, Death } from "./choices.ts";
import type { Boundary } from "./decisions.ts";
import { type Recovered, ReplicaStorage } from "./disk/replica-storage.ts";
import { type CrashDamage, SimulatedDisk } from "./disk/simulated-disk.ts";
import type { EventQueue } from "./event-queue.ts";
import { HASH_START } from "./hash.ts";
import { LogImage } from "./log-image.ts";
import type { Durable, Input, Running, Underway } from "./replica-state.ts";
import type { ClockSettings, Settings } from "./settings.ts";
import { decodeCommand } from "./store/command.ts";
import { KeyValueStore, type WriteResult } from "./store/key-value-store.ts";

const TRUE_CLOCK: ClockSettings = { offsetMs: 0, speed: 1 };
const TICK: Input = { type: "tick" };
const ADVANCE: Input = { type: "advance" };

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

export class Replica {
  readonly id: string;
  readonly number: number;
  readonly durable: Durable;
  running: Running | undefined;
  /** Its disk is lost: its id never comes back. */
  retired = false;
  /** It stays down in the liveness phase. */
  excluded = false;
  #pausedUntil = 0;
  /** What came while it was paused, in order. */
  #deferred: (() => void)[] = [];
  readonly #settings: Settings;
  readonly #seed: string;
  readonly #queue: EventQueue;
  readonly #choices: Choices;
  readonly #observer: ReplicaObserver;
  readonly #membership: Membership;
  readonly #clock: ClockSettings;
  readonly #disk = new SimulatedDisk();
  #storage = new ReplicaStorage(this.#disk);
  readonly #counts = { sync: 0, apply: 0 };
  readonly #passed = new Map<Boundary, number>();
  #surviving: Pick<Running, "store" | "appliedIndex" | "appliedTerm"> | undefined;
  #incarnations = 0;
  #calm = false;

  constructor(options: {
    id: string;
    number: number;
    seed: string;
    settings: Settings;
    queue: EventQueue;
    choices: Choices;
    observer: ReplicaObserver;
    membership: Membership;
  }) {
    this.id = options.id;
    this.number = options.number;
    this.#settings = options.settings;
    this.#seed = options.seed;
    this.#queue = options.queue;
    this.#choices = options.choices;
    this.#observer = options.observer;
    this.#membership = options.membership;
    this.#clock = options.settings.clocks[options.id] ?? TRUE_CLOCK;
    this.durable = { hardState: undefined, snapshot: undefined, log: new LogImage(options.membership) };
  }

  /** The replica's own monotonic clock, ms. */
  get clock(): number {
    return this.#clock.offsetMs + this.#queue.now * this.#clock.speed;
  }

  /** Whether a crash now could lose a write. */
  get isWriting(): boolean {
    return this.#disk.hasPending;
  }

  /** The last write that a sync confirmed before the process ended: a restart must find it. */
  syncedSequence = 0;

  /** Starts the process, if it does not run, from what is on the disk. */
  start(): void {
    if (this.running !== undefined || this.retired || this.excluded) return;
    const recovered = this.#recover();
    const { hardState, snapshot, entries } = recovered;
    const state = this.#stateFor(snapshot);
    const seed = `${this.#seed}/node/${this.id}/${this.#incarnations++}`;
    const node = new RaftNode(
      { ...this.#settings.raft, id: this.id, seed },
      {
        membership: this.#membership,
        ...(hardState && { hardState }),
        ...(snapshot && { snapshot }),
        entries,
        lastApplied: state.appliedIndex,
      },
      this.clock,
    );
    this.running = {
      node,
      seen: {
        role: "follower",
        term: node.term,
        votedFor: node.votedFor,
        commitIndex: node.commitIndex,
        lastIndex: node.lastIndex,
        electionElapsedTicks: 0,
        membership: node.membership,
      },
      handed: this.durable.log.copy(),
      ledTerm: undefined,
      handedCommit: state.appliedIndex,
      underway: [],
      writing: false,
      ...state,
      waitingReads: [],
      handOutPlanned: false,
      inputsSinceHandOut: 0,
      compactionWanted: false,
    };
    this.#observer.started(this, recovered);
    this.#planTick(this.running, this.clock + (this.#settings.raft.tickMs ?? 1));
    this.#planHandOut(this.running);
  }

  /** The process dies; it starts again after `death.downMs`, unless everything has healed before. */
  crash(why: string, death: Death): void {
    if (this.running === undefined) return;
    this.#surviving = this.running;
    this.running = undefined;
    this.#pausedUntil = 0;
    this.#deferred = [];
    this.syncedSequence = Math.max(this.syncedSequence, this.#storage.syncedSequence);
    const damage = this.#disk.crash(death.damage === undefined ? undefined : new Prng(death.damage));
    this.#observer.crashed(this, why, damage);
    if (!this.#calm) this.#queue.after(death.downMs, () => this.start());
  }

  /**
   * The process dies and its disk with it: the id is never used again, for it has forgotten what it promised. `durable` remembers, for
   * what it had acknowledged still counts.
   */
  wipe(): void {
    this.retired = true;
    this.crash("and loses its disk", { downMs: 0, damage: undefined });
    this.#disk.wipe();
  }

  /** The process stands still without noticing; what comes meanwhile it gets when it goes on. */
  pause(ms: number): void {
    if (this.running === undefined) return;
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#queue.now + ms);
    this.#queue.at(this.#pausedUntil, () => this.#resume());
  }

  /** From now on the shell is quick. */
  calm(): void {
    this.#calm = true;
    this.#pausedUntil = 0;
    this.#resume();
  }

  get #isPaused(): boolean {
    return this.#queue.now < this.#pausedUntil;
  }

  #resume(): void {
    if (this.#isPaused) return;
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const act of deferred) act();
  }

  /**
   * Gives the node an input, when the replica runs; a paused one gets it when it goes on. A change of the membership that waited until
   * the healing is dropped: the core that must live has been chosen for the configurations of before.
   */
  input(input: Input, give: (node: RaftNode, now: number) => void): void {
    const { running } = this;
    if (running === undefined || (this.#calm && input.type === "membership")) return;
    if (this.#isPaused) {
      this.#deferred.push(() => this.input(input, give));
      return;
    }
    give(running.node, this.clock);
    this.#handled(running, input);
  }

  /** A message arrives. */
  deliver(message: Message): void {
    const { running } = this;
    if (running === undefined) return;
    if (this.#isPaused) {
      this.#deferred.push(() => this.deliver(message));
      return;
    }
    running.node.step(message, this.clock);
    this.#handled(running, { type: "message", message });
  }

  #handled(running: Running, input: Input): void {
    running.inputsSinceHandOut++;
    this.#observer.handled(this, running, input);
    this.#planHandOut(running);
  }

  #recover(): Recovered {
    this.#storage = new ReplicaStorage(this.#disk);
    const recovered = this.#storage.recover();
    const { hardState, snapshot, entries } = recovered;
    const log = new LogImage(this.#membership);
    const snapshotHash = snapshot === undefined ? HASH_START : this.#observer.logHashAt(snapshot.lastIncludedIndex);
    log.store({ snapshot, entries }, snapshotHash);
    Object.assign(this.durable, { hardState, snapshot, log });
    return recovered;
  }

  /** The state machine at its start: as it was, where it survives, or from the snapshot. */
  #stateFor(snapshot: Snapshot | undefined): Pick<Running, "store" | "appliedIndex" | "appliedTerm"> {
    const index = snapshot?.lastIncludedIndex ?? 0;
    const surviving = this.#surviving;
    const commit = Math.max(this.durable.hardState?.commitIndex ?? 0, index);
    if (this.#settings.process.stateSurvives && surviving !== undefined && surviving.appliedIndex >= index) {
      const { store, appliedIndex, appliedTerm } = surviving;
      if (appliedIndex <= commit) return { store, appliedIndex, appliedTerm };
    }
    const store = snapshot === undefined ? new KeyValueStore() : KeyValueStore.decode(snapshot.state);
    return { store, appliedIndex: index, appliedTerm: snapshot?.lastIncludedTerm ?? 0 };
  }

  #planTick(running: Running, due: number): void {
    const tickMs = this.#settings.raft.tickMs ?? 1;
    this.#later(running, (due - this.clock) / this.#clock.speed, () => {
      running.node.tick(this.clock);
      this.#handled(running, TICK);
      if (this.running === running) this.#planTick(running, Math.max(due + tickMs, this.clock + 0.1 * tickMs));
    });
  }

  #planHandOut(running: Running): void {
    if (running.handOutPlanned || running.underway.length >= this.#settings.process.pipelineMax) return;
    const gatherMs = this.#calm ? 0 : this.#settings.process.gatherMs;
    if (gatherMs === 0) {
      this.#handOut(running);
      return;
    }
    running.handOutPlanned = true;
    this.#later(running, gatherMs, () => {
      running.handOutPlanned = false;
      this.#handOut(running);
    });
  }

  #handOut(running: Running): void {
    const { node } = running;
    if (this.running !== running || !node.hasReady()) return;
    const ready = node.ready();
    const inputs = running.inputsSinceHandOut;
    running.inputsSinceHandOut = 0;
    this.#observer.taken(this, running, ready, inputs);
    const { snapshot } = ready;
    running.handed.store(ready, snapshot === undefined ? 0 : this.#observer.logHashAt(snapshot.lastIncludedIndex));
    this.#observer.handedOut(this, running, ready, inputs);
    running.underway.push({ ready, stage: "handed" });
    if (this.#diesAt("before sending")) return;
    for (const message of ready.messages) this.#observer.sent(this, message);
    this.#writeNext(running);
    this.#planHandOut(running);
  }

  /** One write at a time: the end of one begins the next. */
  #writeNext(running: Running): void {
    if (this.running !== running || running.writing) return;
    const next = running.underway.find(({ stage }) => stage === "handed");
    if (next === undefined) {
      if (running.compactionWanted) this.#compact(running);
      return;
    }
    const { ready } = next;
    const nothing = ready.snapshot === undefined && ready.entries.length === 0 && ready.hardState === undefined;
    if (nothing) {
      this.#persisted(running, next);
      return;
    }
    running.writing = true;
    if (ready.snapshot === undefined) this.#storage.beginAppend(ready);
    else this.#storage.beginReplace({ ...ready, hardState: ready.hardState ?? this.durable.hardState });
    if (this.#diesAt("before persisting")) return;
    this.#sync(running, () => {
      const durable = ready.snapshot === undefined ? this.#storage.finishAppend() : this.#storage.finishReplace();
      if (!durable) return false;
      this.#noteDurable(ready);
      this.#observer.persisted(this, ready);
      this.#persisted(running, next);
      return true;
    });
  }

  /** Waits as long as a sync takes, and ends what was being written; a disk that failed stops the process (it is never tried again). */
  #sync(running: Running, finish: () => boolean): void {
    const n = ++this.#counts.sync;
    const failure = this.#choices.syncError(this.number, n);
    this.#later(running, this.#choices.duration(this.number, "sync", n), () => {
      // A disk that was to fail has healed meanwhile with all the rest.
      if (failure !== undefined && !this.#calm) this.#disk.failNextSync();
      running.writing = false;
      if (finish()) this.#writeNext(running);
      else this.crash("sync error", failure ?? { downMs: 0, damage: undefined });
    });
  }

  #noteDurable(ready: Ready): void {
    const { durable } = this;
    const { snapshot } = ready;
    durable.log.store(ready, snapshot === undefined ? 0 : this.#observer.logHashAt(snapshot.lastIncludedIndex));
    durable.snapshot = snapshot ?? durable.snapshot;
    durable.hardState = ready.hardState ?? durable.hardState;
  }

  #persisted(running: Running, underway: Underway): void {
    underway.stage = "persisted";
    const { ready } = underway;
    if (this.#diesAt("after persisting")) return;
    for (const message of ready.messagesAfterPersist) this.#observer.sent(this, message);
    underway.stage = "sent";
    if (this.#diesAt("before applying")) return;
    const nothing = ready.snapshot === undefined && ready.committedEntries.length === 0;
    const ms = nothing ? 0 : this.#choices.duration(this.number, "apply", ++this.#counts.apply);
    this.#later(running, ms, () => this.#applyNext(running));
    this.#writeNext(running);
  }

  #applyNext(running: Running): void {
    const first = running.underway[0];
    assert(first?.stage === "sent", "Readys are applied in order, after they have been sent");
    const { ready } = first;
    this.#apply(running, ready);
    if (this.#diesAt("after applying")) return;
    running.underway.shift();
    running.node.advance(ready);
    this.#wantCompaction(running);
    this.#handled(running, ADVANCE);
    this.#writeNext(running);
  }

  #apply(running: Running, ready: Ready): void {
    const { snapshot } = ready;
    if (snapshot !== undefined) {
      running.store = KeyValueStore.decode(snapshot.state);
      running.appliedIndex = snapshot.lastIncludedIndex;
      running.appliedTerm = snapshot.lastIncludedTerm;
      this.#observer.installed(this, running, snapshot);
    }
    for (const entry of ready.committedEntries) {
      const result = entry.type === "command" ? running.store.apply(decodeCommand(entry.command)) : undefined;
      this.#observer.applied(this, running, entry, result);
      running.appliedIndex = entry.index;
      running.appliedTerm = entry.term;
    }
    if (ready.readStates.length > 0) running.waitingReads.push(...ready.readStates);
    if (running.waitingReads.length > 0) this.#serveReads(running);
  }

  #serveReads(running: Running): void {
    const waiting = running.waitingReads;
    running.waitingReads = waiting.filter(({ readIndex }) => readIndex > running.appliedIndex);
    for (const read of waiting)
      if (read.readIndex <= running.appliedIndex) this.#observer.readable(this, running, read);
  }

  #wantCompaction(running: Running): void {
    const { snapshotEvery } = this.#settings.process;
    if (running.appliedIndex - this.durable.log.baseIndex >= snapshotEvery) running.compactionWanted = true;
  }

  /** Writes the state machine down and the log after it, then forgets the log before it (§7). */
  #compact(running: Running): void {
    running.compactionWanted = false;
    const { appliedIndex: index, appliedTerm: term, store, node } = running;
    const { log, hardState } = this.durable;
    if (index <= log.baseIndex || index > log.lastIndex) return;
    const snapshot: Snapshot = {
      lastIncludedIndex: index,
      lastIncludedTerm: term,
      membership: log.membershipAt(index),
      state: store.encode(),
    };
    running.writing = true;
    this.#storage.beginReplace({ snapshot, entries: log.entriesAfter(index), hardState });
    if (this.#diesAt("before persisting")) return;
    this.#sync(running, () => {
      if (!this.#storage.finishReplace()) return false;
      this.durable.snapshot = snapshot;
      log.compactTo(snapshot);
      const { firstIndex } = node;
      node.compact({ index, state: snapshot.state, keepEntries: this.#settings.process.keepEntries });
      this.#observer.compacted(this, snapshot, { forgotTo: node.firstIndex > firstIndex ? node.firstIndex - 1 : 0 });
      return true;
    });
  }

  #diesAt(boundary: Boundary): boolean {
    const n = (this.#passed.get(boundary) ?? 0) + 1;
    this.#passed.set(boundary, n);
    const death = this.#choices.death(this.number, boundary, n);
    if (death === undefined) return false;
    this.crash(boundary, death);
    return true;
  }

  /** Does something later unless the process has died by then; a paused process does it when it goes on. */
  #later(running: Running, delay: number, act: () => void): void {
    if (delay <= 0 && !this.#isPaused) {
      act();
      return;
    }
    const attempt = () => {
      if (this.running !== running) return;
      if (this.#isPaused) this.#deferred.push(attempt);
      else act();
    };
    this.#queue.after(delay, attempt);
  }
}
