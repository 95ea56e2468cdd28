// A client: one operation at a time, asked again elsewhere when no answer comes, and in the end given up, its outcome unknown.
import type { OperationRequest } from "../decisions.ts";
import type { EventQueue } from "../event-queue.ts";
import type { ClientSettings } from "../settings.ts";
import type { ClientAnswer, ClientRequest, ClientResponse } from "./client-messages.ts";

/** How an operation ended for its client. "failed": certainly without effect. */
export type Outcome =
  | { readonly type: "answered"; readonly answer: ClientAnswer }
  | { readonly type: "failed" }
  | { readonly type: "unknown" };

/** One operation from the client's side. */
export interface Pending {
  readonly seq: number;
  readonly request: OperationRequest;
  readonly invokedAt: number;
  attempt: number;
  /** The replica asked last, by number. */
  target: number;
  /** Attempts that were neither refused nor answered: any of them may take effect at any time. */
  open: number;
}

/** What a client tells about itself, and what it sends. */
export interface ClientPort {
  send(request: ClientRequest, target: number): void;
  invoked(client: Client, pending: Pending): void;
  returned(client: Client, pending: Pending, outcome: Outcome): void;
  /** A replica by its id; undefined if there is none. */
  numberOf(id: string): number | undefined;
  readonly replicaCount: number;
}

/** After a refusal a client waits this share of its patience, so that it does not run in circles. */
const BACKOFF_SHARE = 0.1;

export class Client {
  readonly number: number;
  readonly name: string;
  /** What it last saw, by key: what a cas may expect. */
  readonly lastSeen = new Map<number, string>();
  readonly #settings: ClientSettings;
  readonly #queue: EventQueue;
  readonly #port: ClientPort;
  #pending: Pending | undefined;
  #seq = 0;

  constructor(number: number, options: { settings: ClientSettings; queue: EventQueue; port: ClientPort }) {
    this.number = number;
    this.name = `c${number + 1}`;
    this.#settings = options.settings;
    this.#queue = options.queue;
    this.#port = options.port;
  }

  get isIdle(): boolean {
    return this.#pending === undefined;
  }

  /** Begins an operation at a replica, unless one is under way; returns whether it did. */
  invoke(request: OperationRequest, target: number): boolean {
    if (this.#pending !== undefined) return false;
    const seq = ++this.#seq;
    const pending: Pending = { seq, request, invokedAt: this.#queue.now, attempt: 0, target, open: 0 };
    this.#pending = pending;
    this.#port.invoked(this, pending);
    this.#queue.after(this.#settings.giveUpMs, () => {
      if (this.#pending === pending) this.#giveUp(pending);
    });
    this.#ask(pending);
    return true;
  }

  receive({ seq, attempt, answer }: ClientResponse): void {
    const pending = this.#pending;
    if (pending === undefined || pending.seq !== seq) return;
    if (answer.type !== "refused") {
      this.#finish(pending, { type: "answered", answer });
      return;
    }
    pending.open--;
    if (attempt !== pending.attempt) return;
    const hinted = answer.leader === undefined ? undefined : this.#port.numberOf(answer.leader);
    const backoff = BACKOFF_SHARE * this.#settings.attemptMs;
    this.#retry(pending, { after: backoff, target: hinted ?? this.#next(pending.target) });
  }

  /** The operation under way will never be answered: the run is over. */
  abandon(): void {
    if (this.#pending !== undefined) this.#giveUp(this.#pending);
  }

  #ask(pending: Pending): void {
    const { seq, request, target } = pending;
    const attempt = ++pending.attempt;
    pending.open++;
    this.#port.send({ type: "ClientRequest", client: this.number, seq, attempt, request }, target);
    // Twice as long each time: who repeats too eagerly fills the log with repetitions.
    const patience = this.#settings.attemptMs * 2 ** Math.min(attempt - 1, 4);
    this.#retry(pending, { after: patience, target: this.#next(target) });
  }

  #retry(pending: Pending, { after, target }: { after: number; target: number }): void {
    const { attempt } = pending;
    this.#queue.after(after, () => {
      if (this.#pending !== pending || pending.attempt !== attempt) return;
      pending.target = target;
      this.#ask(pending);
    });
  }

  #next(target: number): number {
    return (target + 1) % this.#port.replicaCount;
  }

  #giveUp(pending: Pending): void {
    this.#finish(pending, pending.open <= 0 ? { type: "failed" } : { type: "unknown" });
  }

  #finish(pending: Pending, outcome: Outcome): void {
    this.#pending = undefined;
    const { key, value } = pending.request;
    if (outcome.type === "answered") {
      const { answer } = outcome;
      const seen =
        answer.type === "value"
          ? answer.value
          : answer.type === "written" && answer.result !== "refused"
            ? value
            : undefined;
      if (seen !== undefined) this.lastSeen.set(key, seen);
    }
    this.#port.returned(this, pending, outcome);
  }
}
