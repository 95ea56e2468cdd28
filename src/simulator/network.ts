// Carries messages between replicas and clients: late, out of order, twice or never.
import { type Choices, type EndpointNames, linkNumber } from "./choices.ts";
import type { CoverageCounter } from "./coverage.ts";
import type { EventQueue } from "./event-queue.ts";

/** Why a message does not arrive. */
export type LossReason = "loss" | "partition";

/** What the network tells about itself. */
export interface NetworkObserver<Message> {
  /** Arrives now. */
  delivered(message: Message, sent: Sent): void;
  dropped(message: Message, sent: Sent, reason: LossReason): void;
}

/** One message on its way. */
export interface Sent {
  readonly from: number;
  readonly to: number;
  /** Unique within the run, from 1 on. */
  readonly id: number;
}

/** How long a message that was held for a change of leader still takes: a time that nothing else is likely to fall on. */
const RELEASED_AFTER_MS = 1.0037;

interface Held {
  /** Brings the message, unless that has happened. */
  readonly release: () => void;
}

export class Network<Message> {
  readonly #names: EndpointNames;
  /** Endpoints with lower numbers are replicas, the others clients. */
  readonly #replicas: number;
  readonly #queue: EventQueue;
  readonly #choices: Choices;
  readonly #coverage: CoverageCounter;
  readonly #observer: NetworkObserver<Message>;
  /** Messages sent so far, by link. */
  readonly #sent: Int32Array;
  /** 1: the link carries nothing. */
  readonly #cut: Uint8Array;
  /** Until when a link is clogged. */
  readonly #cloggedUntil: Float64Array;
  #held: Held[] = [];
  #ids = 0;
  /** What was sent up to this number is lost if it arrives after that time. */
  #lastBeforeHealing = 0;
  #lateAfter = Number.POSITIVE_INFINITY;

  constructor(options: {
    names: EndpointNames;
    replicas: number;
    queue: EventQueue;
    choices: Choices;
    coverage: CoverageCounter;
    observer: NetworkObserver<Message>;
  }) {
    this.#names = options.names;
    this.#replicas = options.replicas;
    this.#queue = options.queue;
    this.#choices = options.choices;
    this.#coverage = options.coverage;
    this.#observer = options.observer;
    const links = options.names.length ** 2;
    this.#sent = new Int32Array(links);
    this.#cut = new Uint8Array(links);
    this.#cloggedUntil = new Float64Array(links);
  }

  /** The number that the next message will have. */
  get nextId(): number {
    return this.#ids + 1;
  }

  send(message: Message, { from, to }: { from: number; to: number }): void {
    const link = from * this.#names.length + to;
    const sent: Sent = { from, to, id: ++this.#ids };
    const n = (this.#sent[link] ?? 0) + 1;
    this.#sent[link] = n;
    const arrivals = this.#onceForClients(sent, this.#choices.arrivals(link, n));
    if (this.#cut[link] === 1) {
      this.#observer.dropped(message, sent, "partition");
      return;
    }
    if (arrivals.length === 0) {
      this.#coverage.note("messages lost");
      this.#observer.dropped(message, sent, "loss");
      return;
    }
    if (arrivals.length > 1) this.#coverage.note("messages doubled");
    const clogged = (this.#cloggedUntil[link] ?? 0) - this.#queue.now;
    if (this.#choices.isHeld) this.#hold(message, { sent, link, n, clogged, delay: arrivals[0] ?? 0 });
    else for (const delay of arrivals) this.#carry(message, sent, Math.max(delay, clogged));
  }

  /** From now on exactly these links carry nothing; what is on its way there is lost, too. */
  partition(cut: readonly string[]): void {
    this.#cut.fill(0);
    for (const link of cut) {
      const number = linkNumber(this.#names, link);
      if (number !== undefined) this.#cut[number] = 1;
    }
  }

  clog(link: string, ms: number): void {
    const number = linkNumber(this.#names, link);
    if (number !== undefined) this.#cloggedUntil[number] = this.#queue.now + ms;
  }

  /** No clog, no cut but these; what was sent before arrives within `withinMs`, or never. */
  heal(cut: readonly string[], withinMs: number): void {
    this.#cloggedUntil.fill(0);
    this.partition(cut);
    this.#lastBeforeHealing = this.#ids;
    this.#lateAfter = this.#queue.now + withinMs;
  }

  /** Another leader: what was held for it is let go. */
  releaseHeld(): void {
    const held = this.#held;
    this.#held = [];
    for (const { release } of held) release();
  }

  /** Between clients and replicas lie connections, which double nothing. */
  #onceForClients({ from, to }: Sent, arrivals: readonly number[]): readonly number[] {
    const doubled = arrivals.length > 1 && (from >= this.#replicas || to >= this.#replicas);
    return doubled ? arrivals.slice(0, 1) : arrivals;
  }

  #carry(message: Message, sent: Sent, delay: number): void {
    this.#queue.after(delay, () => this.#arrive(message, sent));
  }

  #arrive(message: Message, sent: Sent): void {
    if (this.#cut[sent.from * this.#names.length + sent.to] === 1) this.#observer.dropped(message, sent, "partition");
    else if (this.#queue.now > this.#lateAfter && sent.id <= this.#lastBeforeHealing) {
      this.#observer.dropped(message, sent, "loss");
    } else this.#observer.delivered(message, sent);
  }

  #hold(
    message: Message,
    { sent, link, n, clogged, delay }: { sent: Sent; link: number; n: number; clogged: number; delay: number },
  ): void {
    this.#coverage.note("messages held");
    const sentAt = this.#queue.now;
    let waiting = true;
    const arrive = () => {
      if (!waiting) return;
      waiting = false;
      this.#arrive(message, sent);
    };
    const release = () => {
      if (!waiting) return;
      this.#coverage.note("held messages released by a change of leader");
      // A moment later, and just so that a replay, which adds this to the time of sending, comes to the same time.
      const arrivesAfter = Math.max(this.#queue.now + RELEASED_AFTER_MS - sentAt, clogged);
      this.#choices.released(link, n, arrivesAfter);
      this.#queue.at(sentAt + arrivesAfter, arrive);
    };
    this.#held.push({ release });
    this.#queue.after(Math.max(delay, clogged), arrive);
  }
}
