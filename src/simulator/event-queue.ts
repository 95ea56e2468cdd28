// Virtual time: events happen in order of time, and those of the same moment in the order in which they were scheduled.

interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly happen: () => void;
}

/** A queue of future events, and the clock that jumps from one to the next. Times in virtual ms. */
export class EventQueue {
  #now = 0;
  #scheduled = 0;
  #happened = 0;
  /** A binary heap: no event is earlier than its parent at (place - 1) >> 1. */
  readonly #heap: Scheduled[] = [];

  get now(): number {
    return this.#now;
  }
  get length(): number {
    return this.#heap.length;
  }
  /** How many events have happened. */
  get happened(): number {
    return this.#happened;
  }

  /** Lets something happen `delay` ms from now. */
  after(delay: number, happen: () => void): void {
    this.at(this.#now + delay, happen);
  }

  /** Lets something happen at a time; now, if that is past. */
  at(time: number, happen: () => void): void {
    const event = { at: Math.max(time, this.#now), order: this.#scheduled++, happen };
    const heap = this.#heap;
    let place = heap.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isEarlier(above, event)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = event;
  }

  /** Lets the next event happen, if it does so by `until`; otherwise only the clock moves there. Returns whether one happened. */
  step(until: number): boolean {
    const first = this.#heap[0];
    if (first === undefined || first.at > until) {
      this.#now = Math.max(this.#now, until);
      return false;
    }
    this.#removeFirst();
    this.#now = first.at;
    this.#happened++;
    first.happen();
    return true;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      let earliest = heap[child];
      if (earliest === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isEarlier(right, earliest)) {
        earliest = right;
        child++;
      }
      if (isEarlier(last, earliest)) break;
      heap[place] = earliest;
      place = child;
    }
    heap[place] = last;
  }
}

function isEarlier(one: Scheduled, other: Scheduled): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
