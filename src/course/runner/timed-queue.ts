// Things that become due: taken out by time, and by order of adding where times are equal.

/** Something that is due at a time in ms. */
export interface Timed<Item> {
  readonly due: number;
  readonly item: Item;
}

/** A queue sorted by due time; short in practice (what is under way in the network at one moment). */
export class TimedQueue<Item> {
  /** Latest first, so that the next one is taken from the end. */
  readonly #entries: Timed<Item>[] = [];

  add(entry: Timed<Item>): void {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.due ?? 0) > entry.due) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, entry);
  }

  /** When the first entry is due, or Infinity. */
  nextDue(): number {
    return this.#entries.at(-1)?.due ?? Number.POSITIVE_INFINITY;
  }

  /** Takes out the first entry if it is due by `now`. */
  takeDue(now: number): Timed<Item> | undefined {
    return this.nextDue() <= now ? this.#entries.pop() : undefined;
  }
}
