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

/** Orders a history whose times are numbers. */
export function timelineOf(history: readonly Operation<unknown, unknown>[]): Timeline {
  const events = orderedEvents(history);
  const callPosition = new Int32Array(history.length);
  const returnPosition = new Int32Array(history.length).fill(-1);
  const closed: number[] = [];
  const open: number[] = [];
  events.forEach((event, position) => {
    const operation = event >>> 1;
    if ((event & 1) === 1) {
      returnPosition[operation] = position;
    } else {
      callPosition[operation] = position;
      (history[operation]?.returned === undefined ? open : closed).push(operation);
    }
  });
  return { closed: Int32Array.from(closed), open: Int32Array.from(open), callPosition, returnPosition };
}

/** Throws RangeError naming the operation when a time is not a number or a return precedes its call. */
export function requireTimes(history: readonly Operation<unknown, unknown>[]): void {
  history.forEach(requireTimesOf);
}

/** Calls (twice the operation's index) and returns (one more) in order of time; at equal times calls come first. */
function orderedEvents(history: readonly Operation<unknown, unknown>[]): Int32Array {
  const times = new Float64Array(2 * history.length);
  const events: number[] = [];
  history.forEach(({ invokedAt, returned }, index) => {
    times[2 * index] = invokedAt;
    events.push(2 * index);
    if (returned === undefined) return;
    times[2 * index + 1] = returned.at;
    events.push(2 * index + 1);
  });
  return Int32Array.from(events).sort((left, right) => {
    return (times[left] ?? 0) - (times[right] ?? 0) || (left & 1) - (right & 1) || left - right;
  });
}

function requireTimesOf({ invokedAt, returned }: Operation<unknown, unknown>, index: number): void {
  if (!Number.isFinite(invokedAt)) throw new RangeError(`operation ${index}: invokedAt is ${invokedAt}`);
  if (returned !== undefined && !(returned.at >= invokedAt && returned.at < Infinity)) {
    throw new RangeError(`operation ${index}: returned at ${returned.at}, called at ${invokedAt}`);
  }
}
