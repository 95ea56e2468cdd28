// What clients did and saw: the operations of a history, and the order of their beginnings and ends.

/** One operation of one client, as the client saw it. An operation that certainly took no effect is left out of a history. */
export interface Operation<Input, Output> {
  /** Who called it; only for explanations. */
  readonly process: string;
  readonly input: Input;
  /** When it was called. Any clock and unit, the same for the whole history. */
  readonly invokedAt: number;
  /**
   * When and with what it returned, `at >= invokedAt`. Undefined: nobody knows its outcome, so it may take effect at any time after
   * its call, or never. `revision`: the store's revision after it took effect, where the answer carried it; a mutation makes a new one.
   */
  readonly returned:
    | { readonly at: number; readonly output: Output; readonly revision?: number | undefined }
    | undefined;
}

/**
 * The order of all calls and returns of a history. A call and a return at the same time count as overlapping: where the clock
 * cannot tell, the history gets the benefit of the doubt.
 */
export interface Timeline {
  /** Operations whose outcome is known, by time of call: indices into the history. */
  readonly closed: Int32Array;
  /** Operations of unknown outcome, by time of call: indices into the history. */
  readonly open: Int32Array;
  /** Position of each operation's call among all calls and returns, by index into the history. */
  readonly callPosition: Int32Array;
  /** Position of each operation's return; -1 where the outcome is unknown. */
  readonly returnPosition: Int32Array;
}

interface TimelineEvent {
  readonly at: number;
  readonly operation: number;
  readonly isReturn: boolean;
}

/** Orders a history whose times are numbers. */
export function timelineOf(history: readonly Operation<unknown, unknown>[]): Timeline {
  const events = orderedEvents(history);
  const callPosition = new Int32Array(history.length);
  const returnPosition = new Int32Array(history.length).fill(-1);
  const closed: number[] = [];
  const open: number[] = [];
  events.forEach((event, position) => {
    if (event.isReturn) {
      returnPosition[event.operation] = position;
    } else {
      callPosition[event.operation] = position;
      (history[event.operation]?.returned === undefined ? open : closed).push(event.operation);
    }
  });
  return { closed: Int32Array.from(closed), open: Int32Array.from(open), callPosition, returnPosition };
}

/** Throws RangeError naming the operation when a time is not a number or a return precedes its call. */
export function requireTimes(history: readonly Operation<unknown, unknown>[]): void {
  history.forEach(requireTimesOf);
}

function orderedEvents(history: readonly Operation<unknown, unknown>[]): readonly TimelineEvent[] {
  const events: TimelineEvent[] = [];
  history.forEach((operation, index) => {
    events.push({ at: operation.invokedAt, operation: index, isReturn: false });
    if (operation.returned !== undefined) events.push({ at: operation.returned.at, operation: index, isReturn: true });
  });
  return events.sort((left, right) => left.at - right.at || Number(left.isReturn) - Number(right.isReturn));
}

function requireTimesOf({ invokedAt, returned }: Operation<unknown, unknown>, index: number): void {
  if (!Number.isFinite(invokedAt)) throw new RangeError(`operation ${index}: invokedAt is ${invokedAt}`);
  if (returned !== undefined && !(returned.at >= invokedAt && returned.at < Infinity)) {
    throw new RangeError(`operation ${index}: returned at ${returned.at}, called at ${invokedAt}`);
  }
}
