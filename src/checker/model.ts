// What a history is checked against: a sequential object, compiled for the search into a machine over small integers.

import type { Operation } from "./history.ts";

/** The step of a machine that the object does not allow. */
export const ILLEGAL = -1;

/**
 * A sequential object whose states and operations are integers, made for one part of one history. The search calls nothing else,
 * millions of times a second.
 */
export interface Machine {
  readonly initialState: number;
  /**
   * The state after `operation` (an index into the compiled operations) takes effect in `state` with the output that it had, or
   * with any output when its outcome is unknown; ILLEGAL when it cannot have had that output there. Equal states are equal numbers.
   */
  step(state: number, operation: number): number;
  /** Whether the operation leaves every state as it is. The search never needs to try such an operation later than possible. */
  isRead(operation: number): boolean;
  /** Whether the operation is possible in every state and leads them all to the same one; false is always right. */
  isBlind(operation: number): boolean;
  /** Operations that are blind or of unknown outcome and have equal numbers do the same in every state; all different is always right. */
  effectOf(operation: number): number;
  /**
   * The only state in which an operation of known outcome can take effect; -1 if there are several. With `makes` it lets the search turn
   * back early. Left out: unknown, and -1 is always right.
   */
  needs?(operation: number): number;
  /** The only other state that the operation can lead to; -1 if there is none. Left out: no `needs` either. */
  makes?(operation: number): number;
  /** About how many bytes the states met so far hold; left out: they do not grow. */
  bytesHeld?(): number;
  /** The state in words. */
  describeState(state: number): string;
}

/** A part of a history that can be checked alone: a history is linearizable when all its parts are. */
export interface Part<Input, Output> {
  /** What the part is about, for example `key "a"`; empty when the history has only one part. */
  readonly name: string;
  readonly operations: readonly Operation<Input, Output>[];
}

/** A sequential object to check histories against. */
export interface Model<Input, Output> {
  readonly name: string;
  /** Splits a history into parts that do not influence each other, for example one for each key. */
  partition(history: readonly Operation<Input, Output>[]): readonly Part<Input, Output>[];
  /** Makes the machine for one part. */
  compile(operations: readonly Operation<Input, Output>[]): Machine;
  /** An operation and its output in words: `get("a") -> "1"`. */
  describe(operation: Operation<Input, Output>): string;
}

/** A model written the plain way, over states of any type. `modelOf` makes a Model of it. */
export interface Specification<State, Input, Output> {
  readonly name: string;
  readonly initialState: State;
  /**
   * The state after an operation with this output, `returned` being undefined when its outcome is unknown; undefined when no such
   * step exists. Must not change `state`.
   */
  step(state: State, input: Input, returned: { readonly output: Output } | undefined): State | undefined;
  /** Equal states have equal hashes; an integer of 32 bits. */
  hash(state: State): number;
  equal(left: State, right: State): boolean;
  /** Whether the operation leaves every state as it is. */
  isRead(input: Input): boolean;
  /** Whether the operation is possible in every state and leads them all to the same one. Left out: none is known to. */
  isBlind?(input: Input): boolean;
  describe(operation: Operation<Input, Output>): string;
  describeState(state: State): string;
  /** Left out: the history is one part. */
  partition?(history: readonly Operation<Input, Output>[]): readonly Part<Input, Output>[];
}

/** A Model for a specification: its states are numbered as they are met. */
export function modelOf<State, Input, Output>(
  specification: Specification<State, Input, Output>,
): Model<Input, Output> {
  return {
    name: specification.name,
    partition: (history) => specification.partition?.(history) ?? [{ name: "", operations: history }],
    compile: (operations) => new InterpretedMachine(specification, operations),
    describe: (operation) => specification.describe(operation),
  };
}

/** Splits a history by a property of its operations, in order of first appearance. `nameOf` names the part of each value. */
export function partitionBy<Input, Output>(
  history: readonly Operation<Input, Output>[],
  { keyOf, nameOf }: { keyOf: (input: Input) => string; nameOf: (key: string) => string },
): readonly Part<Input, Output>[] {
  const groups = new Map<string, Operation<Input, Output>[]>();
  for (const operation of history) {
    const key = keyOf(operation.input);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [operation]);
    else group.push(operation);
  }
  return [...groups].map(([key, operations]) => ({ name: nameOf(key), operations }));
}

class InterpretedMachine<State, Input, Output> implements Machine {
  readonly initialState: number;
  readonly #specification: Specification<State, Input, Output>;
  readonly #operations: readonly Operation<Input, Output>[];
  readonly #states: State[] = [];
  readonly #numbersByHash = new Map<number, number[]>();

  constructor(specification: Specification<State, Input, Output>, operations: readonly Operation<Input, Output>[]) {
    this.#specification = specification;
    this.#operations = operations;
    this.initialState = this.#numberOf(specification.initialState);
  }

  step(state: number, operation: number): number {
    const { input, returned } = this.#operation(operation);
    const after = this.#specification.step(this.#state(state), input, returned);
    return after === undefined ? ILLEGAL : this.#numberOf(after);
  }

  isRead(operation: number): boolean {
    return this.#specification.isRead(this.#operation(operation).input);
  }

  isBlind(operation: number): boolean {
    return this.#specification.isBlind?.(this.#operation(operation).input) ?? false;
  }

  effectOf(operation: number): number {
    return operation;
  }

  describeState(state: number): string {
    return this.#specification.describeState(this.#state(state));
  }

  #operation(index: number): Operation<Input, Output> {
    const operation = this.#operations[index];
    if (operation === undefined) throw new RangeError(`no operation ${index}`);
    return operation;
  }

  #state(number: number): State {
    // Every number was given out by #numberOf; the state itself may be undefined.
    return this.#states[number] as State;
  }

  #numberOf(state: State): number {
    const hash = this.#specification.hash(state);
    const candidates = this.#numbersByHash.get(hash) ?? [];
    const known = candidates.find((number) => this.#specification.equal(this.#state(number), state));
    if (known !== undefined) return known;
    const number = this.#states.push(state) - 1;
    this.#numbersByHash.set(hash, [...candidates, number]);
    return number;
  }
}
