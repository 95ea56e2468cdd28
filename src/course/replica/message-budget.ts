// How much the replicas talk: a rate that optional messages must not push the total above.

/** A token bucket over messages between replicas, seen from the leader: what it sends and what it receives. */
export class MessageBudget {
  #tokens: number;
  #filledAt: number;
  readonly #perSecond: number;
  readonly #burst: number;

  constructor({ perSecond, burst, now }: { perSecond: number; burst: number; now: number }) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAt = now;
  }

  /** Messages that had to be sent, or came: they count even when the budget is empty. */
  note(count: number, now: number): void {
    this.#fill(now);
    this.#tokens = Math.max(this.#tokens - count, -this.#burst);
  }

  /** How many optional messages fit. */
  room(now: number): number {
    this.#fill(now);
    return Math.max(0, Math.floor(this.#tokens));
  }

  #fill(now: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledAt) / 1000) * this.#perSecond);
    this.#filledAt = now;
  }
}
