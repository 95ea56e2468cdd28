// What the future asks for: an operation that is yet to see a state needs an operation that is yet to make it. Knowing that, a search
// turns back at once where it would only fail much later.

import { END, type Entries } from "./entries.ts";
import type { Machine } from "./model.ts";

/**
 * For each state, the operations that need it, by return, and those that can make it, by call; both only as far as they have not taken
 * effect. Operations that return after `end` need nothing. Operations are taken out and put back in reverse order.
 */
export class Demand {
  readonly #entries: Entries;
  readonly #needs: Chains;
  readonly #makes: Chains;

  constructor(entries: Entries, { machine, end }: { readonly machine: Machine; readonly end: number }) {
    this.#entries = entries;
    const { closedCount, event, historyIndex } = entries;
    const needed = Int32Array.from(historyIndex, (index, operation) => {
      const isNeeded = operation < closedCount && entries.returnOf(operation) <= end;
      return isNeeded ? (machine.needs?.(index) ?? END) : END;
    });
    const made = Int32Array.from(historyIndex, (index) => machine.makes?.(index) ?? END);
    const byReturn = event.filter((found) => found < 0).map((found) => ~found);
    this.#needs = new Chains(needed, byReturn);
    this.#makes = new Chains(made, byCall(entries));
  }

  /** Notes that an operation has taken effect. */
  remove(operation: number): void {
    this.#needs.remove(operation);
    this.#makes.remove(operation);
  }

  /** Takes back the latest note. */
  restore(operation: number): void {
    this.#makes.restore(operation);
    this.#needs.restore(operation);
  }

  /** Whether an operation needs `state`, which is not the current one, and nobody can make it before that operation returns. */
  isHopeless(state: number): boolean {
    const needer = this.#needs.first(state);
    if (needer === END) return false;
    const maker = this.#makes.first(state);
    return maker === END || this.#entries.callPositionOf(maker) > this.#entries.returnPositionOf(needer);
  }

  /** The states that some operation needs. */
  states(): readonly number[] {
    return this.#needs.states();
  }
}

/** All operations by call: both rows of the entries are, so they are merged. */
function byCall(entries: Entries): Int32Array {
  const { closedCount, operationCount } = entries;
  const order = new Int32Array(operationCount);
  let [closed, open] = [0, closedCount];
  for (let place = 0; place < operationCount; place++) {
    const isOpenNext =
      closed === closedCount ||
      (open < operationCount && entries.callPositionOf(open) < entries.callPositionOf(closed));
    order[place] = isOpenNext ? open++ : closed++;
  }
  return order;
}

/** Doubly linked chains of operations, one for each state. */
class Chains {
  readonly #state: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #firsts = new Map<number, number>();

  constructor(stateOf: Int32Array, order: Int32Array) {
    this.#state = stateOf;
    this.#next = new Int32Array(stateOf.length).fill(END);
    this.#previous = new Int32Array(stateOf.length).fill(END);
    const lasts = new Map<number, number>();
    for (const operation of order) {
      const state = stateOf[operation] ?? END;
      if (state === END) continue;
      const last = lasts.get(state);
      if (last === undefined) this.#firsts.set(state, operation);
      else this.#next[last] = operation;
      this.#previous[operation] = last ?? END;
      lasts.set(state, operation);
    }
  }

  first(state: number): number {
    return this.#firsts.get(state) ?? END;
  }

  states(): readonly number[] {
    return [...this.#firsts.keys()];
  }

  remove(operation: number): void {
    const state = this.#state[operation] ?? END;
    if (state === END) return;
    const [next, previous] = [this.#next[operation] ?? END, this.#previous[operation] ?? END];
    if (previous === END) this.#firsts.set(state, next);
    else this.#next[previous] = next;
    if (next !== END) this.#previous[next] = previous;
  }

  restore(operation: number): void {
    const state = this.#state[operation] ?? END;
    if (state === END) return;
    const [next, previous] = [this.#next[operation] ?? END, this.#previous[operation] ?? END];
    if (previous === END) this.#firsts.set(state, operation);
    else this.#next[previous] = operation;
    if (next !== END) this.#previous[next] = operation;
  }
}
