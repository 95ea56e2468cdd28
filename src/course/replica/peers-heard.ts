// When each other replica was last heard: who is silent may be on the other side of a partition.
import type { Address } from "../protocol.ts";

export class PeersHeard {
  readonly #lastHeard: Map<Address, number>;

  constructor(others: readonly Address[]) {
    this.#lastHeard = new Map(others.map((id) => [id, Number.NEGATIVE_INFINITY]));
  }

  note(id: Address, now: number): void {
    this.#lastHeard.set(id, now);
  }

  /** Everybody who has not spoken after `moment`. */
  silentSince(moment: number): Address[] {
    return [...this.#lastHeard].filter(([, at]) => at <= moment).map(([id]) => id);
  }

  /** Whoever has been silent for longest; undefined when there are no others. */
  mostSilent(): Address | undefined {
    const byTime = [...this.#lastHeard].sort(([, a], [, b]) => (a === b ? 0 : a - b));
    return byTime[0]?.[0];
  }
}
