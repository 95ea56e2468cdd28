// Runs a config in virtual time against replicas in memory: no processes, no sockets, milliseconds of real time for a whole run.
// Everything is a function of config, seed and the replicas' code.
import { Prng } from "../../base/index.ts";
import type { TraceEvent } from "../../trace/index.ts";
import { type Address, type JsonObject, parseMessage } from "../protocol.ts";
import type { CourseConfig } from "./config.ts";
import type { Effect } from "./effects.ts";
import { judge } from "./judgement.ts";
import type { RunResult } from "./result.ts";
import { TimedQueue } from "./timed-queue.ts";
import { World } from "./world.ts";

/** A replica in memory. Times are in ms; `takeMessages` is called after every other call and empties its outbox. */
export interface VirtualReplica {
  start(now: number): void;
  receive(message: JsonObject, now: number): void;
  tick(now: number): void;
  takeMessages(): readonly object[];
}

/** Makes a replica, anew also after a restart. */
export type VirtualReplicaFactory = (options: {
  readonly id: Address;
  readonly others: readonly Address[];
  /** Differs by replica and incarnation. */
  readonly seed: string;
  readonly now: number;
  /** 0 at first, then the number of restarts. */
  readonly incarnation: number;
}) => VirtualReplica;

/** A virtual run. */
export interface VirtualRunOptions {
  readonly config: CourseConfig;
  readonly seed: string;
  readonly makeReplica: VirtualReplicaFactory;
  /** One hop, from a replica to the simulator or back, takes `base` ms and up to `jitter` ms more. Default 0.1 and 0.02. */
  readonly hop?: { readonly base: number; readonly jitter: number };
  /** How often replicas tick, in ms. Default 5. */
  readonly tickMs?: number;
  /** Told everything that happens, messages and operations too. */
  readonly observe?: (event: TraceEvent) => void;
}

/** Runs a config from start to end and judges it. */
export function runVirtually(options: VirtualRunOptions): RunResult {
  return new VirtualRun(options).run();
}

type Happening =
  | { readonly type: "tick" }
  | { readonly type: "to-world"; readonly from: Address; readonly text: string; readonly incarnation: number }
  | { readonly type: "to-replica"; readonly to: Address; readonly text: string; readonly incarnation: number };

interface Slot {
  /** undefined while it is killed. */
  replica: VirtualReplica | undefined;
  incarnation: number;
  paused: boolean;
  /** What arrived while it was paused. */
  backlog: string[];
  /** When the last message from it and to it is due: loopback sockets keep the order. */
  lastSentDue: number;
  lastReceivedDue: number;
}

class VirtualRun {
  readonly #options: VirtualRunOptions;
  readonly #world: World<string>;
  readonly #queue = new TimedQueue<Happening>();
  readonly #slots = new Map<Address, Slot>();
  readonly #hops: Prng;
  readonly #hop: { readonly base: number; readonly jitter: number };
  readonly #tickMs: number;
  #now = 0;
  #finished = false;

  constructor(options: VirtualRunOptions) {
    this.#options = options;
    const { config, seed, observe, hop, tickMs } = options;
    this.#world = new World({ config, seed, strict: false, observe, observeMessage: observe });
    this.#hops = new Prng(`${seed}/hops`);
    this.#hop = hop ?? { base: 0.1, jitter: 0.02 };
    this.#tickMs = tickMs ?? 5;
  }

  run(): RunResult {
    for (const id of this.#world.fleet.ids) this.#start(id, 0);
    this.#queue.add({ due: this.#tickMs, item: { type: "tick" } });
    while (!this.#finished) this.#step();
    return this.#result();
  }

  #step(): void {
    const worldDue = this.#world.nextDeadline();
    this.#now = Math.min(worldDue, this.#queue.nextDue());
    if (worldDue <= this.#now) this.#world.advance(this.#now);
    else this.#happen(this.#queue.takeDue(this.#now)?.item);
    for (const effect of this.#world.takeEffects()) this.#apply(effect);
  }

  #happen(happening: Happening | undefined): void {
    if (happening === undefined) return;
    switch (happening.type) {
      case "tick":
        return this.#tick();
      case "to-world":
        return this.#receiveFrom(happening.from, happening);
      case "to-replica":
        return this.#receiveAt(happening.to, happening);
    }
  }

  #tick(): void {
    this.#queue.add({ due: this.#now + this.#tickMs, item: { type: "tick" } });
    for (const [id, slot] of this.#slots) {
      if (slot.replica === undefined || slot.paused) continue;
      slot.replica.tick(this.#now);
      this.#collect(id, slot);
    }
  }

  #receiveFrom(from: Address, { text, incarnation }: { text: string; incarnation: number }): void {
    if (this.#slots.get(from)?.incarnation !== incarnation) return;
    const { replicas } = this.#world.config;
    const parsed = parseMessage(JSON.parse(text), { from, replicas });
    this.#world.receive(from, { parsed, packet: text, bytes: text.length, now: this.#now });
  }

  #receiveAt(to: Address, { text, incarnation }: { text: string; incarnation: number }): void {
    const slot = this.#slots.get(to);
    if (slot?.replica === undefined || slot.incarnation !== incarnation) return;
    if (slot.paused) {
      slot.backlog.push(text);
      return;
    }
    slot.replica.receive(JSON.parse(text), this.#now);
    this.#collect(to, slot);
  }

  #apply(effect: Effect<string>): void {
    switch (effect.type) {
      case "deliver":
        return this.#deliver(effect.to, effect.packet);
      case "request":
        return this.#deliver(effect.to, JSON.stringify(effect.message));
      case "kill":
        return this.#kill(effect.replica);
      case "restart":
        return this.#start(effect.replica, (this.#slots.get(effect.replica)?.incarnation ?? 0) + 1);
      case "pause":
      case "resume":
        return this.#setPaused(effect.replica, effect.type === "pause");
      case "finish":
        this.#finished = true;
    }
  }

  #start(id: Address, incarnation: number): void {
    const { ids } = this.#world.fleet;
    const seed = `${this.#options.seed}/replica/${id}/${incarnation}`;
    const others = new Prng(seed).shuffle(ids.filter((other) => other !== id));
    const replica = this.#options.makeReplica({ id, others, seed, now: this.#now, incarnation });
    const slot: Slot = { replica, incarnation, paused: false, backlog: [], lastSentDue: 0, lastReceivedDue: 0 };
    this.#slots.set(id, slot);
    replica.start(this.#now);
    this.#collect(id, slot);
  }

  #kill(id: Address): void {
    const slot = this.#slots.get(id);
    if (slot !== undefined) slot.replica = undefined;
  }

  #setPaused(id: Address, paused: boolean): void {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    slot.paused = paused;
    if (paused) return;
    const backlog = slot.backlog;
    slot.backlog = [];
    for (const text of backlog) this.#receiveAt(id, { text, incarnation: slot.incarnation });
  }

  #deliver(to: Address, text: string): void {
    const slot = this.#slots.get(to);
    if (slot === undefined) return;
    slot.lastReceivedDue = Math.max(this.#now + this.#hopTime(), slot.lastReceivedDue);
    const item: Happening = { type: "to-replica", to, text, incarnation: slot.incarnation };
    this.#queue.add({ due: slot.lastReceivedDue, item });
  }

  #collect(from: Address, slot: Slot): void {
    for (const message of slot.replica?.takeMessages() ?? []) {
      slot.lastSentDue = Math.max(this.#now + this.#hopTime(), slot.lastSentDue);
      const item: Happening = { type: "to-world", from, text: JSON.stringify(message), incarnation: slot.incarnation };
      this.#queue.add({ due: slot.lastSentDue, item });
    }
  }

  #hopTime(): number {
    return this.#hop.base + this.#hops.float() * this.#hop.jitter;
  }

  #result(): RunResult {
    const { config, seed } = this.#options;
    return {
      config: config.name,
      configPath: config.name,
      seed,
      replica: "in memory",
      ...judge(config, this.#world.outcome()),
      durationMs: this.#now,
    };
  }
}
