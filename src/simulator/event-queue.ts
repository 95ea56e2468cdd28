// Virtual time: what is to happen when. Events of the same moment happen in the order in which they were scheduled.

interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** A queue of future events, and the clock that jumps from one to the next. Times in virtual ms. */
export class EventQueue {
  #now = 0;
  #scheduled = 0;
  /** A binary heap: no event is earlier than its parent at (place - 1) >> 1. */
  readonly #heap: Scheduled[] = [];

  get now(): number {
    return this.#now;
  }
  get length(): number {
    return this.#heap.length;
  }

  after(delay: number, happen: () => void): void {
    const event = { at: this.#now + Math.max(0, delay), order: this.#scheduled++, happen };
    let place = this.#heap.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#heap[parent];
      if (above === undefined || isEarlier(above, event)) break;
      this.#heap[place] = above;
      place = parent;
    }
    this.#heap[place] = event;
  }

  /** Lets the next event happen, if it does so by `until`; otherwise only the clock moves there. Returns whether one happened. */
  step(until: number): boolean {
    const [first] = this.#heap;
    if (first === undefined || first.at > until) {
      this.#now = Math.max(this.#now, until);
      return false;
    }
    this.#removeFirst();
    this.#now = first.at;
    first.happen();
    return true;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let place = 0;
    for (;;) {
      const [left, right] = [this.#heap[2 * place + 1], this.#heap[2 * place + 2]];
      if (left === undefined) break;
      const child = right !== undefined && isEarlier(right, left) ? 2 * place + 2 : 2 * place + 1;
      const earliest = child === 2 * place + 1 ? left : (right ?? left);
      if (isEarlier(last, earliest)) break;
      this.#heap[place] = earliest;
      place = child;
    }
    this.#heap[place] = last;
  }
}

function isEarlier(one: Scheduled, other: Scheduled): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
