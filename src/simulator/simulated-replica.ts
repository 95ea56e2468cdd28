// One replica: a RaftNode in a shell that does what its Readys say, with a clock, a disk and a state machine of its own.
import { assert, Prng } from "../base/index.ts";
import {
  type HardState,
  type InitialState,
  type LogIndex,
  type Membership,
  type Message,
  membershipOf,
  RaftNode,
  type RaftStatus,
  type ReadState,
  type Ready,
  type Snapshot,
} from "../raft/index.ts";
import type { EventQueue } from "./event-queue.ts";
import { decodeState, encodeState, LogImage } from "./log-image.ts";
import type { Swarm } from "./swarm.ts";

/** The places between two steps of a Ready at which a process can die. */
export type Boundary =
  | "before sending"
  | "before persisting"
  | "after persisting"
  | "before applying"
  | "after applying";

/** What the shell tells about itself; every method is called when the thing has just happened. */
export interface ReplicaObserver {
  started(replica: SimulatedReplica): void;
  handled(replica: SimulatedReplica, change: { input: string; before: RaftStatus; after: RaftStatus }): void;
  /** A Ready has been taken; `handed` does not show it yet. It sums up so many inputs. */
  taken(replica: SimulatedReplica, ready: Ready, inputs: number): void;
  /** `handed` shows the Ready; nothing of it has been done. */
  handedOut(replica: SimulatedReplica, ready: Ready): void;
  sent(replica: SimulatedReplica, message: Message): void;
  installed(replica: SimulatedReplica, snapshot: Snapshot): void;
  applied(replica: SimulatedReplica, index: LogIndex, hash: number): void;
  snapshotTaken(replica: SimulatedReplica, snapshot: Snapshot): void;
  readAnswered(replica: SimulatedReplica, read: ReadState): void;
  crashed(replica: SimulatedReplica, boundary: Boundary | "any time"): void;
}

/** What survives a crash. */
export interface Durable {
  hardState: HardState | undefined;
  snapshot: Snapshot | undefined;
  readonly log: LogImage;
}

/** What a crash loses. */
export interface Running {
  readonly node: RaftNode;
  status: RaftStatus;
  /** The node's log as far as Readys have shown it. */
  readonly handed: LogImage;
  readonly underway: Underway[];
  applied: { index: LogIndex; hash: number };
  handOutPlanned: boolean;
  inputsSinceHandOut: number;
}

/** A Ready that is being done, and the hash of the log at each of its committed entries. */
interface Underway {
  readonly ready: Ready;
  readonly hashes: readonly (number | undefined)[];
  stage: "handed" | "persisted" | "sent";
}

export class SimulatedReplica {
  readonly id: string;
  readonly durable: Durable;
  running: Running | undefined;
  pausedUntil = 0;
  /** Crashes at boundaries and slow disks end when the cluster heals. */
  healed = false;
  readonly #swarm: Swarm;
  readonly #queue: EventQueue;
  readonly #observer: ReplicaObserver;
  readonly #prng: Prng;
  readonly #membership: Membership;
  /** The local clock runs at this speed from this start. Within the stated bound of every other clock. */
  readonly #clock: { readonly start: number; readonly speed: number };
  #survivingState = { index: 0, hash: 0 };
  #incarnations = 0;

  constructor(id: string, { swarm, queue, observer }: { swarm: Swarm; queue: EventQueue; observer: ReplicaObserver }) {
    this.id = id;
    this.#swarm = swarm;
    this.#queue = queue;
    this.#observer = observer;
    this.#prng = new Prng(`${swarm.seed}/replica/${id}`);
    const drift = swarm.raft.clockDriftMax ?? 0;
    this.#clock = { start: this.#prng.float() * 1e6, speed: 1 + this.#prng.pick([0, 1]) * drift };
    this.#membership = membershipOf(swarm.firstVoters);
    this.durable = { hardState: undefined, snapshot: undefined, log: new LogImage(this.#membership) };
  }

  /** The replica's own monotonic clock, ms. */
  get clock(): number {
    return this.#clock.start + this.#queue.now * this.#clock.speed;
  }

  start(): void {
    assert(this.running === undefined, "a replica is started once");
    const { hardState, snapshot, log } = this.durable;
    const base = { index: snapshot?.lastIncludedIndex ?? 0, hash: snapshot ? decodeState(snapshot.state) : 0 };
    const survives = this.#swarm.shell.stateSurvives && this.#survivingState.index >= base.index;
    const applied = survives ? { ...this.#survivingState } : base;
    const initial: InitialState = {
      membership: this.#membership,
      ...(hardState && { hardState }),
      ...(snapshot && { snapshot }),
      entries: log.entries,
      lastApplied: applied.index,
    };
    const seed = `${this.#swarm.seed}/node/${this.id}/${this.#incarnations++}`;
    const node = new RaftNode({ ...this.#swarm.raft, id: this.id, seed }, initial, this.clock);
    this.running = {
      node,
      status: node.status(),
      handed: log.copy(),
      underway: [],
      applied,
      handOutPlanned: false,
      inputsSinceHandOut: 0,
    };
    this.#observer.started(this);
    this.#planTick(this.clock);
  }

  crash(boundary: Boundary | "any time"): void {
    if (this.running === undefined) return;
    this.#survivingState = this.running.applied;
    this.running = undefined;
    this.pausedUntil = 0;
    this.#observer.crashed(this, boundary);
    if (!this.healed) this.#queue.after(this.#prng.float() * this.#swarm.shell.restartMax, () => this.restart());
  }

  restart(): void {
    if (this.running === undefined) this.start();
  }

  /** Gives the node an input, when the replica runs and is not paused. */
  input(name: string, give: (node: RaftNode, now: number) => void): void {
    const { running } = this;
    if (running === undefined) return;
    if (this.#queue.now < this.pausedUntil) {
      this.#queue.after(this.pausedUntil - this.#queue.now, () => this.input(name, give));
      return;
    }
    this.#handle(running, name, (node) => give(node, this.clock));
    this.#planHandOut(running);
  }

  #handle(running: Running, input: string, give: (node: RaftNode) => void): void {
    const before = running.status;
    give(running.node);
    running.status = running.node.status();
    running.inputsSinceHandOut++;
    this.#observer.handled(this, { input, before, after: running.status });
  }

  #planTick(due: number): void {
    const { tickLateMax } = this.#swarm.shell;
    const late = this.healed ? 0 : this.#prng.float() * tickLateMax;
    const tickMs = this.#swarm.raft.tickMs ?? 1;
    this.#later((due - this.clock) / this.#clock.speed + late, () => {
      this.input("tick", (node, now) => node.tick(now));
      this.#planTick(Math.max(due + tickMs, this.clock));
    });
  }

  #planHandOut(running: Running): void {
    if (running.handOutPlanned || running.underway.length >= this.#swarm.shell.pipelineMax) return;
    const gatherMax = this.healed ? 0 : this.#swarm.shell.gatherMax;
    if (gatherMax === 0) {
      this.#handOut(running);
      return;
    }
    running.handOutPlanned = true;
    this.#later(this.#prng.float() * gatherMax, () => {
      running.handOutPlanned = false;
      this.#handOut(running);
    });
  }

  #handOut(running: Running): void {
    if (this.running !== running || !running.node.hasReady()) return;
    const ready = running.node.ready();
    const { inputsSinceHandOut } = running;
    running.inputsSinceHandOut = 0;
    running.status = running.node.status();
    this.#observer.taken(this, ready, inputsSinceHandOut);
    running.handed.store(ready);
    this.#observer.handedOut(this, ready);
    const hashes = ready.committedEntries.map(({ index }) => running.handed.hashAt(index));
    running.underway.push({ ready, hashes, stage: "handed" });
    if (this.#diesAt("before sending")) return;
    for (const message of ready.messages) this.#observer.sent(this, message);
    if (this.#diesAt("before persisting")) return;
    // One write at a time: the end of one begins the next.
    if (running.underway.filter(({ stage }) => stage === "handed").length === 1) this.#planPersist(running);
    this.#planHandOut(running);
  }

  #planPersist(running: Running): void {
    this.#later(this.#slowness(this.#swarm.shell.persistMax), () => this.#persist(running));
  }

  #persist(running: Running): void {
    const first = running.underway.find(({ stage }) => stage === "handed");
    if (first === undefined) return;
    const { ready } = first;
    this.durable.log.store(ready);
    this.durable.snapshot = ready.snapshot ?? this.durable.snapshot;
    this.durable.hardState = ready.hardState ?? this.durable.hardState;
    first.stage = "persisted";
    if (this.#diesAt("after persisting")) return;
    for (const message of ready.messagesAfterPersist) this.#observer.sent(this, message);
    first.stage = "sent";
    if (this.#diesAt("before applying")) return;
    this.#later(this.#slowness(this.#swarm.shell.applyMax), () => this.#apply(running));
    if (running.underway.some(({ stage }) => stage === "handed")) this.#planPersist(running);
  }

  #apply(running: Running): void {
    const [first] = running.underway;
    assert(first?.stage === "sent", "Readys are applied in order, after they have been sent");
    const { ready, hashes } = first;
    if (ready.snapshot !== undefined) {
      running.applied = { index: ready.snapshot.lastIncludedIndex, hash: decodeState(ready.snapshot.state) };
      this.#observer.installed(this, ready.snapshot);
    }
    for (const [at, { index }] of ready.committedEntries.entries()) {
      const hash = hashes[at] ?? Number.NaN;
      this.#observer.applied(this, index, hash);
      running.applied = { index, hash };
    }
    for (const read of ready.readStates) this.#observer.readAnswered(this, read);
    if (this.#diesAt("after applying")) return;
    running.underway.shift();
    this.#handle(running, "advance", (node) => node.advance(ready));
    this.#compactIfLong(running);
    this.#planHandOut(running);
  }

  #compactIfLong({ applied, node }: Running): void {
    const { durable } = this;
    const { snapshotEvery, keepEntries } = this.#swarm.shell;
    if (applied.index - durable.log.baseIndex < snapshotEvery) return;
    const snapshot: Snapshot = {
      lastIncludedIndex: applied.index,
      lastIncludedTerm: durable.log.termAt(applied.index) ?? Number.NaN,
      membership: durable.log.membershipAt(applied.index),
      state: encodeState(applied.hash),
    };
    durable.snapshot = snapshot;
    durable.log.compactTo(snapshot);
    this.#observer.snapshotTaken(this, snapshot);
    node.compact({ index: applied.index, state: snapshot.state, keepEntries });
  }

  #slowness(max: number): number {
    return this.#prng.float() * (this.healed ? Math.min(max, 1) : max);
  }

  #diesAt(boundary: Boundary): boolean {
    if (this.healed || !this.#prng.chance(this.#swarm.shell.crashAtBoundary)) return false;
    this.crash(boundary);
    return true;
  }

  /** Does something later unless the process has died by then; a paused process does it when it goes on. */
  #later(delay: number, act: () => void): void {
    const { running } = this;
    const attempt = () => {
      if (running === undefined || this.running !== running) return;
      const wait = this.pausedUntil - this.#queue.now;
      if (wait > 0) this.#queue.after(wait, attempt);
      else act();
    };
    this.#queue.after(delay, attempt);
  }
}
