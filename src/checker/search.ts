// Looks for an order in which the operations of one part of a history could have taken effect one at a time: the search of Wing and
// Gong (1993) with the memoization of Lowe (2017), iterative, with a bound on its work.

import { ConfigurationSet } from "./configurations.ts";
import { END, Entries } from "./entries.ts";
import { type Operation, timelineOf } from "./history.ts";
import { ILLEGAL, type Machine } from "./model.ts";

/** Bounds of a search. */
export interface SearchLimits {
  /** Calls of the machine's step function. */
  readonly stepsMax: number;
  /** Memory for the configurations seen, in bytes. */
  readonly bytesMax: number;
  /** Asked every few thousand steps, with the steps so far: true ends the search without a verdict. Left out: never. */
  readonly shouldStop?: ((steps: number) => boolean) | undefined;
}

/** Why a search ended without a verdict. */
export type SearchStop = "steps" | "memory" | "time";

/** Steps between two questions whether to stop. */
const STOP_INTERVAL = 16_384;

/** One operation of a legal order: its index among the operations searched, and the state after it. */
export interface PlacedOperation {
  readonly operation: number;
  readonly state: number;
}

/** What a search found. `steps` counts the calls of the machine's step function. */
export type SearchResult = { readonly steps: number; readonly configurations: number } & (
  | { readonly verdict: "linearizable"; readonly order: readonly PlacedOperation[] }
  | {
      readonly verdict: "not-linearizable";
      /** The longest legal order that was found of what came before the blocked operation's return. */
      readonly prefix: readonly PlacedOperation[];
      /**
       * The history up to this operation's return has no legal order; up to just before it, it has one. Operations that had not
       * returned by then may or may not be in the order, with the outputs that they had later.
       */
      readonly blocked: number;
    }
  | { readonly verdict: "unknown"; readonly reason: SearchStop }
);

/** Searches one part. Throws RangeError when the times of the operations make no sense. */
export function search(
  operations: readonly Operation<unknown, unknown>[],
  machine: Machine,
  limits: SearchLimits,
): SearchResult {
  return new Search(new Entries(timelineOf(operations)), machine, limits).run();
}

class Search {
  readonly #entries: Entries;
  readonly #machine: Machine;
  readonly #limits: SearchLimits;
  readonly #seen: ConfigurationSet;
  /** By operation, in the numbering of Entries. */
  readonly #isRead: Uint8Array;
  readonly #isBlind: Uint8Array;
  /** The earlier operation of unknown outcome with the same effect, by row; END where there is none. */
  readonly #earlierTwin: Int32Array;
  /** Operations of unknown outcome whose effect depends on the state: any of them may make use of another one's. */
  readonly #openDependents: number;
  /** The operations placed so far, and the state before each. */
  readonly #placed: Int32Array;
  readonly #stateBefore: Int32Array;
  #depth = 0;
  #state: number;
  #steps = 0;
  #nextQuestion = 0;
  /** Operations of known outcome that are not placed yet. */
  #closedLeft: number;
  /** The next operation of unknown outcome to try, once the calls before the first return have been tried. */
  #nextOpen: number;
  readonly #best: BestPrefix;

  constructor(entries: Entries, machine: Machine, limits: SearchLimits) {
    const { closedCount, operationCount, historyIndex } = entries;
    this.#entries = entries;
    this.#machine = machine;
    this.#limits = limits;
    const wordsMax = Math.floor(limits.bytesMax / 8);
    this.#seen = new ConfigurationSet({ closed: closedCount, open: operationCount - closedCount, wordsMax });
    this.#isRead = Uint8Array.from(historyIndex, (operation) => Number(machine.isRead(operation)));
    this.#isBlind = Uint8Array.from(historyIndex, (operation) => Number(machine.isBlind(operation)));
    this.#earlierTwin = earlierTwins(historyIndex.subarray(closedCount), machine);
    this.#openDependents = this.#isBlind.subarray(closedCount).reduce((count, blind) => count + 1 - blind, 0);
    this.#placed = new Int32Array(operationCount);
    this.#stateBefore = new Int32Array(operationCount);
    this.#state = machine.initialState;
    this.#closedLeft = closedCount;
    this.#nextOpen = entries.firstOpen();
    this.#best = new BestPrefix(operationCount);
  }

  run(): SearchResult {
    const { event } = this.#entries;
    let entry = this.#entries.first();
    while (this.#closedLeft > 0) {
      if (this.#steps >= this.#limits.stepsMax) return this.#unknown("steps");
      if (this.#seen.isFull) return this.#unknown("memory");
      if (this.#steps >= this.#nextQuestion && this.#mustStop()) return this.#unknown("time");
      const operation = event[entry] ?? 0;
      entry = operation >= 0 ? this.#tryCall(entry, operation) : this.#tryOpen(entry);
      if (entry === END && this.#closedLeft > 0) return this.#notLinearizable();
    }
    return { verdict: "linearizable", order: this.#order(this.#placed.subarray(0, this.#depth)), ...this.#cost() };
  }

  /** Tries to let a called operation take effect next. Returns the entry to go on with; END when nothing is left to try. */
  #tryCall(entry: number, operation: number): number {
    const after = this.#step(operation);
    if (after === ILLEGAL || this.#isDominated(operation, after)) return this.#entries.after(entry);
    this.#seen.placeClosed(operation);
    if (this.#seen.add(after)) {
      this.#closedLeft -= 1;
      return this.#place(operation, after);
    }
    this.#seen.removeClosed(operation);
    // A read that fits now fits best now: whatever could follow without it could follow after it, so nothing else need be tried.
    return this.#isRead[operation] === 1 ? this.#goBack() : this.#entries.after(entry);
  }

  /** Tries the operations of unknown outcome that were called before the return at `entry`, one of which it may be waiting for. */
  #tryOpen(entry: number): number {
    const { closedCount, event, openPosition, position } = this.#entries;
    const limit = position[entry] ?? 0;
    this.#best.offer({ position: limit, blocked: ~(event[entry] ?? 0), placed: this.#placed, depth: this.#depth });
    for (
      let row = this.#nextOpen;
      row !== END && (openPosition[row] ?? 0) < limit;
      row = this.#entries.afterOpen(row)
    ) {
      if (this.#steps >= this.#limits.stepsMax) return entry;
      const operation = closedCount + row;
      const twin = this.#earlierTwin[row] ?? END;
      if (this.#isRead[operation] === 1 || (twin !== END && !this.#seen.hasOpen(twin))) continue;
      const after = this.#step(operation);
      // Without a change of state it may as well not have taken effect yet.
      if (after === ILLEGAL || after === this.#state || this.#isDominated(operation, after)) continue;
      if (!this.#mayHelp({ operation, after, end: entry })) continue;
      this.#seen.placeOpen(row);
      if (this.#seen.add(after)) return this.#place(operation, after);
      this.#seen.removeOpen(row);
    }
    return this.#goBack();
  }

  /**
   * Whether the operation placed last is one of unknown outcome that `operation` makes no use of: it leads to the same state without
   * it. The order without it is tried too and leaves more freedom, so this one need not be.
   */
  #isDominated(operation: number, after: number): boolean {
    const last = this.#depth - 1;
    if (last < 0 || (this.#placed[last] ?? 0) < this.#entries.closedCount) return false;
    return this.#stepFrom(this.#stateBefore[last] ?? 0, operation) === after;
  }

  /** Whether any operation that can take effect next would make use of an `operation` of unknown outcome taking effect now. */
  #mayHelp({ operation, after, end }: { operation: number; after: number; end: number }): boolean {
    if (this.#openDependents > 1 - (this.#isBlind[operation] ?? 0)) return true;
    const { event } = this.#entries;
    for (let entry = this.#entries.first(); entry !== end; entry = this.#entries.after(entry)) {
      const next = event[entry] ?? 0;
      if (this.#isBlind[next] === 1) continue;
      const withIt = this.#stepFrom(after, next);
      if (withIt !== ILLEGAL && withIt !== this.#step(next)) return true;
    }
    return false;
  }

  #step(operation: number): number {
    return this.#stepFrom(this.#state, operation);
  }

  #stepFrom(state: number, operation: number): number {
    this.#steps += 1;
    return this.#machine.step(state, this.#entries.historyIndex[operation] ?? 0);
  }

  #place(operation: number, after: number): number {
    this.#placed[this.#depth] = operation;
    this.#stateBefore[this.#depth] = this.#state;
    this.#depth += 1;
    this.#state = after;
    this.#entries.remove(operation);
    this.#nextOpen = this.#entries.firstOpen();
    return this.#entries.first();
  }

  /** Takes placed operations back until one had alternatives; returns the entry to go on with, END when none had. */
  #goBack(): number {
    const { closedCount } = this.#entries;
    while (this.#depth > 0) {
      const operation = this.#takeBack();
      if (operation >= closedCount) {
        this.#nextOpen = this.#entries.afterOpen(operation - closedCount);
        return this.#entries.firstReturn();
      }
      if (this.#isRead[operation] === 0) {
        this.#nextOpen = this.#entries.firstOpen();
        return this.#entries.afterCall(operation);
      }
    }
    return END;
  }

  #takeBack(): number {
    this.#depth -= 1;
    this.#best.shorten(this.#depth);
    const operation = this.#placed[this.#depth] ?? 0;
    this.#state = this.#stateBefore[this.#depth] ?? 0;
    this.#entries.restore(operation);
    if (operation >= this.#entries.closedCount) {
      this.#seen.removeOpen(operation - this.#entries.closedCount);
    } else {
      this.#seen.removeClosed(operation);
      this.#closedLeft += 1;
    }
    return operation;
  }

  #notLinearizable(): SearchResult {
    const prefix = this.#order(this.#best.placed());
    const blocked = this.#entries.historyIndex[this.#best.blocked] ?? 0;
    return { verdict: "not-linearizable", prefix, blocked, ...this.#cost() };
  }

  #mustStop(): boolean {
    this.#nextQuestion = this.#steps + STOP_INTERVAL;
    return this.#limits.shouldStop?.(this.#steps) ?? false;
  }

  #unknown(reason: SearchStop): SearchResult {
    return { verdict: "unknown", reason, ...this.#cost() };
  }

  #cost(): { readonly steps: number; readonly configurations: number } {
    return { steps: this.#steps, configurations: this.#seen.size };
  }

  #order(placed: Int32Array): readonly PlacedOperation[] {
    let state = this.#machine.initialState;
    return Array.from(placed, (number) => {
      const operation = this.#entries.historyIndex[number] ?? 0;
      state = this.#machine.step(state, operation);
      return { operation, state };
    });
  }
}

/** The longest legal order seen before the latest return that stopped the search. Copies only what changed since the last copy. */
class BestPrefix {
  blocked = END;
  #position = END;
  readonly #placed: Int32Array;
  #length = 0;
  /** How much of the copy is still what the search has placed. */
  #shared = 0;

  constructor(operationCount: number) {
    this.#placed = new Int32Array(operationCount);
  }

  offer(stop: { position: number; blocked: number; placed: Int32Array; depth: number }): void {
    if (stop.position < this.#position || (stop.position === this.#position && stop.depth <= this.#length)) return;
    for (let index = this.#shared; index < stop.depth; index++) this.#placed[index] = stop.placed[index] ?? 0;
    this.#position = stop.position;
    this.blocked = stop.blocked;
    this.#length = stop.depth;
    this.#shared = stop.depth;
  }

  shorten(depth: number): void {
    if (depth < this.#shared) this.#shared = depth;
  }

  placed(): Int32Array {
    return this.#placed.subarray(0, this.#length);
  }
}

function earlierTwins(open: Int32Array, machine: Machine): Int32Array {
  const latest = new Map<number, number>();
  return open.map((operation, row) => {
    const effect = machine.effectOf(operation);
    const twin = latest.get(effect) ?? END;
    latest.set(effect, row);
    return twin;
  });
}
