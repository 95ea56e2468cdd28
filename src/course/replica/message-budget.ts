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

  /** A message that had to be sent, or came: it counts even when the budget is empty. */
  note(now: number): void {
    this.#fill(now);
    this.#tokens = Math.max(this.#tokens - 1, -this.#burst);
  }

  /** Whether `count` optional messages fit. */
  allows(count: number, now: number): boolean {
    this.#fill(now);
    return this.#tokens >= count;
  }

  #fill(now: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledAt) / 1000) * this.#perSecond);
    this.#filledAt = now;
  }
}
