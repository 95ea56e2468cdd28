// The calls and returns that a search has not passed yet, as linked lists: placing an operation takes its entries out, going back
// puts them in again, both in constant time.

import type { Timeline } from "./history.ts";

/** The end of a list. */
export const END = -1;

/**
 * Operations are numbered in two rows, both in order of their calls: those of known outcome 0 .. closedCount - 1, then those of
 * unknown outcome. The first row's calls and returns form one list of entries in order of time; the second row's calls another.
 */
export class Entries {
  readonly closedCount: number;
  readonly operationCount: number;
  /** Index into the history of each operation. */
  readonly historyIndex: Int32Array;
  /** What each entry is: an operation's call (its number), or its return (the number's complement, negative). */
  readonly event: Int32Array;
  /** Position in the history of each entry. */
  readonly position: Int32Array;
  /** Position in the history of the call of each operation of unknown outcome, by row. */
  readonly openPosition: Int32Array;
  readonly #callEntry: Int32Array;
  readonly #returnEntry: Int32Array;
  readonly #closedList: LinkedList;
  readonly #openList: LinkedList;

  constructor(timeline: Timeline) {
    const { closed, open, callPosition } = timeline;
    this.closedCount = closed.length;
    this.operationCount = closed.length + open.length;
    this.historyIndex = Int32Array.from([...closed, ...open]);
    this.openPosition = open.map((index) => callPosition[index] ?? 0);
    const { event, position } = orderedEvents(timeline);
    this.event = event;
    this.position = position;
    this.#callEntry = new Int32Array(closed.length);
    this.#returnEntry = new Int32Array(closed.length);
    this.event.forEach((event, entry) => {
      if (event >= 0) this.#callEntry[event] = entry;
      else this.#returnEntry[~event] = entry;
    });
    this.#closedList = new LinkedList(this.event.length);
    this.#openList = new LinkedList(open.length);
  }

  /** The first entry that is left; END when every operation of known outcome is placed. */
  first(): number {
    return this.#closedList.first();
  }

  /** The entry after one that is, or was, in the list. */
  after(entry: number): number {
    return this.#closedList.after(entry);
  }

  /** The entry of an operation's return; one of unknown outcome returns after all others. */
  returnOf(operation: number): number {
    return operation >= this.closedCount ? this.event.length : (this.#returnEntry[operation] ?? 0);
  }

  /** Position in the history of an operation's return; Infinity when its outcome is unknown. */
  returnPositionOf(operation: number): number {
    if (operation >= this.closedCount) return Number.POSITIVE_INFINITY;
    return this.position[this.#returnEntry[operation] ?? 0] ?? 0;
  }

  /** Position in the history of an operation's call. */
  callPositionOf(operation: number): number {
    if (operation >= this.closedCount) return this.openPosition[operation - this.closedCount] ?? 0;
    return this.position[this.#callEntry[operation] ?? 0] ?? 0;
  }

  /** The first operation of unknown outcome that is not placed, by row. */
  firstOpen(): number {
    return this.#openList.first();
  }

  /** The one after it. */
  afterOpen(row: number): number {
    return this.#openList.after(row);
  }

  /** Takes an operation's entries out. */
  remove(operation: number): void {
    if (operation >= this.closedCount) {
      this.#openList.remove(operation - this.closedCount);
    } else {
      // The return first: then the call's entry still knows the one after it, even where that was its own return.
      this.#closedList.remove(this.#returnEntry[operation] ?? 0);
      this.#closedList.remove(this.#callEntry[operation] ?? 0);
    }
  }

  /** Puts the entries of the operation that was taken out last in again. */
  restore(operation: number): void {
    if (operation >= this.closedCount) {
      this.#openList.restore(operation - this.closedCount);
    } else {
      this.#closedList.restore(this.#callEntry[operation] ?? 0);
      this.#closedList.restore(this.#returnEntry[operation] ?? 0);
    }
  }
}

/** The calls and returns of the operations of known outcome, by position. */
function orderedEvents({ closed, open, callPosition, returnPosition }: Timeline): {
  readonly event: Int32Array;
  readonly position: Int32Array;
} {
  const nobody = closed.length;
  const byPosition = new Int32Array(2 * closed.length + open.length).fill(nobody);
  closed.forEach((index, operation) => {
    byPosition[callPosition[index] ?? 0] = operation;
    byPosition[returnPosition[index] ?? 0] = ~operation;
  });
  const event = byPosition.filter((found) => found !== nobody);
  const position = new Int32Array(event.length);
  let entry = 0;
  byPosition.forEach((found, at) => {
    if (found !== nobody) position[entry++] = at;
  });
  return { event, position };
}

/** The numbers 0 .. length - 1 in order, doubly linked around a sentinel; what was removed last is restored first. */
class LinkedList {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #sentinel: number;

  constructor(length: number) {
    this.#sentinel = length;
    this.#next = new Int32Array(length + 1);
    this.#previous = new Int32Array(length + 1);
    for (let item = 0; item <= length; item++) {
      this.#next[item] = item === length ? 0 : item + 1;
      this.#previous[item] = item === 0 ? length : item - 1;
    }
  }

  first(): number {
    return this.after(this.#sentinel);
  }

  after(item: number): number {
    const next = this.#next[item] ?? END;
    return next === this.#sentinel ? END : next;
  }

  remove(item: number): void {
    const next = this.#next[item] ?? 0;
    const previous = this.#previous[item] ?? 0;
    this.#next[previous] = next;
    this.#previous[next] = previous;
  }

  restore(item: number): void {
    this.#next[this.#previous[item] ?? 0] = item;
    this.#previous[this.#next[item] ?? 0] = item;
  }
}
