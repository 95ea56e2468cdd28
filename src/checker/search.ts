// Looks for an order in which the operations of one part of a history could have taken effect one at a time: the search of Wing and
// Gong (1993) with the memoization of Lowe (2017), iterative, with a bound on its work. Three things keep the number of orders small:
// what changes nothing takes effect as soon as it can; a write waits until it must take effect or somebody makes use of it; and a write
// that was overwritten at once, or that wrote what was there, need not be tried at all (it is "absorbed", see below).

import { ConfigurationSet } from "./configurations.ts";
import { Demand } from "./demand.ts";
import { END, Entries } from "./entries.ts";
import { type Operation, timelineOf } from "./history.ts";
import { ILLEGAL, type Machine } from "./model.ts";
import { type Order, OrderStack } from "./order-stack.ts";

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
  const timeline = timelineOf(operations);
  const spent = { steps: 0, configurations: 0 };
  const searchTo = (end: number): PrefixResult => {
    const { stepsMax, shouldStop } = limits;
    const stepsBefore = spent.steps;
    const found = new Search(new Entries(timeline), {
      machine,
      limits: {
        ...limits,
        stepsMax: stepsMax - stepsBefore,
        shouldStop: shouldStop && ((steps) => shouldStop(stepsBefore + steps)),
      },
      end,
    }).run();
    spent.steps += found.steps;
    spent.configurations += found.configurations;
    return found;
  };
  const whole = searchTo(2 * timeline.closed.length);
  const entries = new Entries(timeline);
  if (whole.kind === "order")
    return { verdict: "linearizable", order: statesAlong(whole.order, entries, machine), ...spent };
  if (whole.kind === "stopped") return { verdict: "unknown", reason: whole.reason, ...spent };
  return { verdict: "not-linearizable", ...firstFailure(entries, machine, searchTo), ...spent };
}

/** What searching a history up to one of its entries found. */
type PrefixResult = { readonly steps: number; readonly configurations: number } & (
  | { readonly kind: "order"; readonly order: Order }
  | { readonly kind: "none" }
  | { readonly kind: "stopped"; readonly reason: SearchStop }
);

/**
 * The return with which a history ceases to have a legal order, and the order before it. A beginning of a linearizable history is
 * linearizable, so halving finds it; when a limit ends that early, the return is a later one.
 */
function firstFailure(
  entries: Entries,
  machine: Machine,
  searchTo: (end: number) => PrefixResult,
): { readonly prefix: readonly PlacedOperation[]; readonly blocked: number } {
  const returns = Array.from(entries.event.keys()).filter((entry) => (entries.event[entry] ?? 0) < 0);
  let legal = -1;
  let order: Order = new Int32Array(0);
  let failed = returns.length - 1;
  while (failed - legal > 1) {
    const middle = (legal + failed) >> 1;
    const found = searchTo(returns[middle] ?? 0);
    if (found.kind === "stopped") break;
    if (found.kind === "none") {
      failed = middle;
    } else {
      legal = middle;
      order = found.order;
    }
  }
  const blocking = returns[failed] ?? 0;
  const blocked = ~(entries.event[blocking] ?? 0);
  const prefix = extended(statesAlong(order, entries, machine), { entries, machine, blocking });
  return { prefix, blocked: entries.historyIndex[blocked] ?? 0 };
}

function statesAlong(order: Order, { historyIndex }: Entries, machine: Machine): readonly PlacedOperation[] {
  let state = machine.initialState;
  return Array.from(order, (number) => {
    const operation = historyIndex[number] ?? 0;
    state = machine.step(state, operation);
    return { operation, state };
  });
}

/** An order with whatever else was called before a return and fits behind it: the search itself places only what it must. */
function extended(
  order: readonly PlacedOperation[],
  { entries, machine, blocking }: { readonly entries: Entries; readonly machine: Machine; readonly blocking: number },
): readonly PlacedOperation[] {
  const { event, historyIndex } = entries;
  const placed = new Set(order.map(({ operation }) => operation));
  const longer = [...order];
  let state = order.at(-1)?.state ?? machine.initialState;
  for (let entry = 0; entry < blocking; entry++) {
    const number = event[entry] ?? 0;
    const operation = historyIndex[number] ?? 0;
    if (number < 0 || placed.has(operation) || number === ~(event[blocking] ?? 0)) continue;
    const after = machine.step(state, operation);
    if (after === ILLEGAL) continue;
    state = after;
    longer.push({ operation, state });
  }
  return longer;
}

/** What `#settle` found: all operations placed, a return that blocks, or a limit. */
const DONE = -2;

/**
 * The search alternates between settling and choosing. Settling passes what needs no choice: operations that leave the state as it is
 * take effect, absorbed operations return. It ends at the first return of an operation that has not taken effect: the operation there,
 * or one of those called before it, must take effect next, and each choice is tried in turn.
 *
 * An operation is absorbed when there was a moment since its call at which it could have taken effect without a trace: it would have
 * left the state as it was, or a blind one took effect then and would have overwritten it. It still may take effect with a trace until
 * it returns; when it returns without, that moment was its own.
 */
class Search {
  readonly #entries: Entries;
  readonly #machine: Machine;
  readonly #limits: SearchLimits;
  readonly #seen: ConfigurationSet;
  /** By operation, in the numbering of Entries. */
  readonly #isRead: Uint8Array;
  readonly #isBlind: Uint8Array;
  readonly #effect: Int32Array;
  /** The earlier operation of unknown outcome with the same effect, by row; END where there is none. */
  readonly #earlierTwin: Int32Array;
  /** Operations of unknown outcome whose effect depends on the state: any of them may make use of another one's. */
  readonly #openDependents: number;
  readonly #order: OrderStack;
  readonly #demand: Demand;
  readonly #end: number;
  /** Choices that are left, of all frames one after another. */
  #choices = new Int32Array(1024);
  #choicesEnd = 0;
  /** Frames: for each choice under way its first choice, the order's depth, the absorbed ones and the state before it. */
  #frames = new Int32Array(4096);
  #framesEnd = 0;
  #state: number;
  #steps = 0;
  #nextQuestion = 0;

  /** Searches the history up to and with its entry `end`. */
  constructor(
    entries: Entries,
    { machine, limits, end }: { readonly machine: Machine; readonly limits: SearchLimits; readonly end: number },
  ) {
    const { closedCount, operationCount, historyIndex } = entries;
    this.#entries = entries;
    this.#machine = machine;
    this.#limits = limits;
    this.#end = end;
    const wordsMax = Math.floor(limits.bytesMax / 8);
    this.#seen = new ConfigurationSet({ closed: closedCount, open: operationCount - closedCount, wordsMax });
    this.#isRead = Uint8Array.from(historyIndex, (operation) => Number(machine.isRead(operation)));
    this.#isBlind = Uint8Array.from(historyIndex, (operation) => Number(machine.isBlind(operation)));
    this.#effect = Int32Array.from(historyIndex, (index, operation) => {
      const isCompared = operation >= closedCount || this.#isBlind[operation] === 1;
      return isCompared ? machine.effectOf(index) : END;
    });
    this.#earlierTwin = earlierTwins(this.#effect.subarray(closedCount));
    this.#openDependents = this.#isBlind.subarray(closedCount).reduce((count, blind) => count + 1 - blind, 0);
    this.#order = new OrderStack(operationCount);
    this.#demand = new Demand(entries, { machine, end });
    this.#state = machine.initialState;
  }

  run(): PrefixResult {
    const end = this.#end;
    const demand = this.#demand;
    if (demand.states().some((state) => state !== this.#state && demand.isHopeless(state))) return this.#none();
    for (;;) {
      const blocking = this.#settle();
      if (blocking === DONE || blocking > end) return { kind: "order", order: this.#order.order(), ...this.#cost() };
      if (this.#isFull()) return this.#stopped("memory");
      const isNew = this.#seen.add(this.#state);
      this.#openFrame();
      if (isNew) this.#addChoices(blocking);
      if (this.#steps >= this.#nextQuestion && this.#mustStop()) return this.#stopped("time");
      if (!this.#takeNextChoice()) return this.#none();
      if (this.#steps > this.#limits.stepsMax) return this.#stopped("steps");
    }
  }

  /** Passes what needs no choice. Returns the entry of the return that blocks; DONE: all are placed. */
  #settle(): number {
    const { event } = this.#entries;
    let entry = this.#entries.first();
    while (entry !== END) {
      const operation = event[entry] ?? 0;
      if (operation >= 0) {
        this.#settleCall(operation);
      } else {
        return entry;
      }
      entry = this.#entries.after(entry);
    }
    return DONE;
  }

  /** Lets a called operation take effect that leaves the state as it is, if it always does; else it counts as absorbed. */
  #settleCall(operation: number): void {
    if (this.#order.isAbsorbed(operation)) return;
    if (this.#step(operation) !== this.#state) return;
    if (this.#isRead[operation] === 1) this.#place(operation);
    else this.#absorb(operation, false);
  }

  #place(operation: number): void {
    this.#entries.remove(operation);
    this.#demand.remove(operation);
    if (operation >= this.#entries.closedCount) this.#seen.placeOpen(operation - this.#entries.closedCount);
    else this.#seen.placeClosed(operation);
    this.#order.push(operation);
  }

  #absorb(operation: number, isOverwritten: boolean): void {
    this.#order.absorb(operation, isOverwritten);
    this.#seen.absorb(operation);
  }

  #placeAbsorbed(operation: number): void {
    this.#entries.remove(operation);
    this.#demand.remove(operation);
    this.#seen.placeClosed(operation);
    this.#seen.unabsorb(operation);
    this.#order.pushAbsorbed(operation);
  }

  #openFrame(): void {
    if (this.#framesEnd + 4 > this.#frames.length) this.#frames = grown(this.#frames);
    this.#frames[this.#framesEnd] = this.#choicesEnd;
    this.#frames[this.#framesEnd + 1] = this.#order.depth;
    this.#frames[this.#framesEnd + 2] = this.#order.absorbedCount;
    this.#frames[this.#framesEnd + 3] = this.#state;
    this.#framesEnd += 4;
  }

  /** Collects what may take effect next, the last one to try first; an absorbed one that returns as such is its complement. */
  #addChoices(blocking: number): void {
    const { closedCount, event, openPosition, position } = this.#entries;
    const limit = position[blocking] ?? 0;
    const first = this.#entries.firstOpen();
    for (let row = first; row !== END && (openPosition[row] ?? 0) < limit; row = this.#entries.afterOpen(row)) {
      if (this.#isWorthTryingOpen(row, blocking)) this.#addChoice(closedCount + row);
    }
    const forced = ~(event[blocking] ?? 0);
    for (let entry = this.#entries.first(); entry !== blocking; entry = this.#entries.after(entry)) {
      const operation = event[entry] ?? 0;
      if (operation !== forced && this.#isWorthTrying(operation, blocking)) this.#addChoice(operation);
    }
    const after = this.#step(forced);
    if (after !== ILLEGAL && !this.#isDominated(forced, after)) this.#addChoice(forced);
    // Without a change of state it takes effect here, and may overwrite others.
    if (this.#order.isAbsorbed(forced) && after !== this.#state) this.#addChoice(~forced);
  }

  #addChoice(operation: number): void {
    if (this.#choicesEnd === this.#choices.length) this.#choices = grown(this.#choices);
    this.#choices[this.#choicesEnd] = operation;
    this.#choicesEnd += 1;
  }

  #isWorthTrying(operation: number, blocking: number): boolean {
    const after = this.#step(operation);
    if (after === this.#state) return this.#wouldOverwrite(operation);
    if (after === ILLEGAL || this.#isDominated(operation, after)) return false;
    if (this.#isBlind[operation] !== 1) return true;
    return !this.#hasEarlierTwin(operation, blocking) && this.#mayHelp({ operation, after, blocking });
  }

  #isWorthTryingOpen(row: number, blocking: number): boolean {
    const operation = this.#entries.closedCount + row;
    const twin = this.#earlierTwin[row] ?? END;
    if (this.#isRead[operation] === 1 || (twin !== END && !this.#seen.hasOpen(twin))) return false;
    const after = this.#step(operation);
    // Without a change of state it may as well not have taken effect yet, but for what it overwrites.
    if (after === this.#state) return this.#wouldOverwrite(operation);
    if (after === ILLEGAL || this.#isDominated(operation, after)) return false;
    if (this.#isBlind[operation] === 1 && this.#hasEarlierTwin(operation, blocking)) return false;
    return this.#mayHelp({ operation, after, blocking });
  }

  /**
   * Whether a blind operation with the same effect must return earlier. That one is better used first: when one of them takes effect,
   * the other is absorbed, and the later its return, the longer it can be used again.
   */
  #hasEarlierTwin(operation: number, blocking: number): boolean {
    const { event } = this.#entries;
    const effect = this.#effect[operation];
    const end = this.#entries.returnOf(operation);
    for (let entry = this.#entries.first(); entry !== blocking; entry = this.#entries.after(entry)) {
      const other = event[entry] ?? 0;
      if (this.#effect[other] !== effect || this.#isBlind[other] !== 1) continue;
      if (other !== operation && this.#entries.returnOf(other) < end) return true;
    }
    return false;
  }

  /**
   * Whether the operation placed last is one of unknown outcome that `operation` makes no use of: it leads to the same state without
   * it. The order without it is tried too and leaves more freedom, so this one need not be.
   */
  #isDominated(operation: number, after: number): boolean {
    const last = this.#order.last;
    if (last < this.#entries.closedCount) return false;
    return this.#stepFrom(this.#frames[this.#framesEnd - 5] ?? 0, operation) === after;
  }

  /** Whether any operation that can take effect next would make use of `operation` taking effect now. */
  #mayHelp({ operation, after, blocking }: { operation: number; after: number; blocking: number }): boolean {
    const isOpenDependent = operation >= this.#entries.closedCount && this.#isBlind[operation] !== 1;
    if (this.#openDependents > Number(isOpenDependent)) return true;
    const { event } = this.#entries;
    for (let entry = this.#entries.first(); ; entry = this.#entries.after(entry)) {
      const isLast = entry === blocking;
      const next = isLast ? ~(event[entry] ?? 0) : (event[entry] ?? 0);
      if (next !== operation && this.#isBlind[next] !== 1) {
        const withIt = this.#stepFrom(after, next);
        if (withIt !== ILLEGAL && withIt !== this.#step(next)) return true;
      }
      if (isLast) return false;
    }
  }

  /** Lets the next choice of the latest frame that has one take effect; false when none is left anywhere. */
  #takeNextChoice(): boolean {
    while (this.#framesEnd > 0) {
      const frame = this.#framesEnd - 4;
      this.#undoTo(frame);
      if (this.#choicesEnd > (this.#frames[frame] ?? 0)) {
        this.#choicesEnd -= 1;
        if (this.#choose(this.#choices[this.#choicesEnd] ?? 0)) return true;
        continue;
      }
      this.#framesEnd = frame;
    }
    return false;
  }

  /** Lets a choice take effect; false when somebody then waits in vain for a state. */
  #choose(choice: number): boolean {
    if (choice < 0) {
      this.#placeAbsorbed(~choice);
      const made = this.#machine.makes?.(this.#entries.historyIndex[~choice] ?? 0) ?? ILLEGAL;
      return made === ILLEGAL || made === this.#state || !this.#demand.isHopeless(made);
    }
    const [before, after] = [this.#state, this.#step(choice)];
    if (this.#isBlind[choice] === 1) this.#absorbOverwritten(choice);
    this.#place(choice);
    this.#state = after;
    return before === after || !this.#demand.isHopeless(before);
  }

  /** What is blind and called may have taken effect just before the blind `operation`. */
  #absorbOverwritten(operation: number): void {
    const { event } = this.#entries;
    for (let entry = this.#entries.first(); ; entry = this.#entries.after(entry)) {
      const other = event[entry] ?? END;
      if (entry === END || other < 0) return;
      if (other === operation || this.#isBlind[other] !== 1 || this.#order.isAbsorbed(other)) continue;
      this.#absorb(other, true);
    }
  }

  /** Whether an operation that leaves the state as it is would absorb another one by taking effect now. */
  #wouldOverwrite(operation: number): boolean {
    if (this.#isBlind[operation] !== 1) return false;
    const { event } = this.#entries;
    for (let entry = this.#entries.first(); entry !== END; entry = this.#entries.after(entry)) {
      const other = event[entry] ?? 0;
      // The return that blocks: what is called after it cannot be overwritten now, but the operation itself can.
      const last = other < 0;
      const overwritten = last ? ~other : other;
      const isOther = overwritten !== operation && this.#isBlind[overwritten] === 1;
      if (isOther && !this.#order.isAbsorbed(overwritten)) return true;
      if (last) return false;
    }
    return false;
  }

  #undoTo(frame: number): void {
    const depth = this.#frames[frame + 1] ?? 0;
    const absorbedCount = this.#frames[frame + 2] ?? 0;
    while (this.#order.depth > depth) this.#unplace(this.#order.pop());
    while (this.#order.absorbedCount > absorbedCount) this.#seen.unabsorb(this.#order.unabsorb());
    this.#state = this.#frames[frame + 3] ?? 0;
  }

  #unplace(operation: number): void {
    this.#demand.restore(operation);
    this.#entries.restore(operation);
    if (operation >= this.#entries.closedCount) {
      this.#seen.removeOpen(operation - this.#entries.closedCount);
    } else {
      this.#seen.removeClosed(operation);
      if (this.#order.isAbsorbed(operation)) this.#seen.absorb(operation);
    }
  }

  #step(operation: number): number {
    return this.#stepFrom(this.#state, operation);
  }

  #stepFrom(state: number, operation: number): number {
    this.#steps += 1;
    return this.#machine.step(state, this.#entries.historyIndex[operation] ?? 0);
  }

  #isFull(): boolean {
    return this.#seen.isFull || (this.#machine.bytesHeld?.() ?? 0) > this.#limits.bytesMax;
  }

  #mustStop(): boolean {
    this.#nextQuestion = this.#steps + STOP_INTERVAL;
    return this.#limits.shouldStop?.(this.#steps) ?? false;
  }

  #none(): PrefixResult {
    return { kind: "none", ...this.#cost() };
  }

  #stopped(reason: SearchStop): PrefixResult {
    return { kind: "stopped", reason, ...this.#cost() };
  }

  #cost(): { readonly steps: number; readonly configurations: number } {
    return { steps: this.#steps, configurations: this.#seen.size };
  }
}

function earlierTwins(effects: Int32Array): Int32Array {
  const latest = new Map<number, number>();
  return effects.map((effect, row) => {
    const twin = latest.get(effect) ?? END;
    latest.set(effect, row);
    return twin;
  });
}

function grown(list: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(list.length * 2);
  longer.set(list);
  return longer;
}
