// Transactions over a whole store of many keys. A transaction touches several keys at once, so keys cannot be checked apart: the state
// is the whole store.

import { unreachable } from "../../base/index.ts";
import type { Operation } from "../history.ts";
import { ILLEGAL, type Machine, type Model } from "../model.ts";
import { type CellValue, describeValue } from "./cell.ts";

/**
 * One step of a transaction. Steps take effect one after another, so a read sees the writes before it in the same transaction. `cas`
 * makes the whole transaction impossible where the key does not hold `from`; `append` adds an element to the list that the key holds.
 */
export type TransactionStep =
  | { readonly kind: "read"; readonly key: CellValue }
  | { readonly kind: "write"; readonly key: CellValue; readonly value: CellValue }
  | { readonly kind: "append"; readonly key: CellValue; readonly value: CellValue }
  | { readonly kind: "cas"; readonly key: CellValue; readonly from: CellValue; readonly to: CellValue };

/** A transaction: its steps in order. */
export interface TransactionInput {
  readonly steps: readonly TransactionStep[];
}

/** What each step of the transaction read, in order of the steps; anything for steps that do not read. */
export type TransactionOutput = readonly CellValue[];

/** A store in which every key first holds `initial` (null unless given). An empty list and null are the same to a read. */
export function transactionsModel({
  initial = null,
}: {
  readonly initial?: CellValue;
} = {}): Model<TransactionInput, TransactionOutput> {
  return {
    name: "transactions",
    partition: (history) => [{ name: "", operations: history }],
    compile: (operations) => new StoreMachine(operations, initial),
    describe,
  };
}

type Transaction = Operation<TransactionInput, TransactionOutput>;

const READ = 0;
const READ_ANY = 1;
const WRITE = 2;
const APPEND = 3;
const CAS = 4;

interface CompiledStep {
  readonly code: number;
  /** Number of the key. */
  readonly key: number;
  /** Number of the value read, written, appended or expected. */
  readonly first: number;
  /** Number of the value that a cas writes. */
  readonly second: number;
}

/** A store is the numbers of the values of its keys; a state is the number of a store. */
class StoreMachine implements Machine {
  readonly initialState: number;
  readonly #transactions: readonly (readonly CompiledStep[])[];
  readonly #isKnown: readonly boolean[];
  readonly #effects: readonly number[];
  readonly #keys: CellValue[] = [];
  readonly #keyNumbers = new Map<string, number>();
  readonly #values: CellValue[] = [];
  readonly #valueNumbers = new Map<string, number>();
  readonly #stores: (readonly number[])[] = [];
  readonly #storeNumbers = new Map<string, number>();
  /** Steps taken already: the state after, by state and operation. */
  readonly #taken = new Map<number, number>();

  constructor(operations: readonly Transaction[], initial: CellValue) {
    const absent = this.#numberOfValue(initial);
    this.#transactions = operations.map(({ input, returned }) =>
      input.steps.map((step, index) => this.#compile(step, returned && { output: returned.output[index] })),
    );
    this.#effects = numbersOf(operations.map(({ input }) => JSON.stringify(input)));
    this.#isKnown = operations.map(({ returned }) => returned !== undefined);
    this.initialState = this.#numberOfStore(this.#keys.map(() => absent));
  }

  step(state: number, operation: number): number {
    // Both factors stay far below 2^26, so that the sum is exact.
    const name = state * this.#transactions.length + operation;
    const known = this.#taken.get(name);
    if (known !== undefined) return known;
    const after = this.#apply(state, operation);
    this.#taken.set(name, after);
    return after;
  }

  isRead(operation: number): boolean {
    return this.#steps(operation).every(({ code }) => code === READ || code === READ_ANY);
  }

  isBlind(operation: number): boolean {
    const steps = this.#steps(operation);
    return steps.every(({ code }) => code === WRITE) && new Set(steps.map(({ key }) => key)).size === this.#keys.length;
  }

  effectOf(operation: number): number {
    return this.#effects[operation] ?? operation;
  }

  bytesHeld(): number {
    // A store is a list of numbers and a text of them; a step taken is an entry of a map.
    return this.#stores.length * (16 * this.#keys.length + 200) + this.#taken.size * 40 + this.#values.length * 200;
  }

  describeState(state: number): string {
    const store = this.#stores[state] ?? [];
    return `{${store.map((value, key) => `${describeValue(this.#keys[key])}: ${describeValue(this.#values[value])}`).join(", ")}}`;
  }

  #steps(operation: number): readonly CompiledStep[] {
    return this.#transactions[operation] ?? [];
  }

  #apply(state: number, operation: number): number {
    const store = [...(this.#stores[state] ?? [])];
    for (const { code, key, first, second } of this.#steps(operation)) {
      const held = store[key] ?? 0;
      switch (code) {
        case READ:
          if (held !== first) return ILLEGAL;
          break;
        case WRITE:
          store[key] = first;
          break;
        case APPEND:
          store[key] = this.#numberOfValue([...listOf(this.#values[held]), this.#values[first]]);
          break;
        case CAS:
          // Of unknown outcome it may have been refused, which changes nothing.
          if (held !== first) return this.#isKnown[operation] === true ? ILLEGAL : state;
          store[key] = second;
          break;
        default:
          break;
      }
    }
    return this.#numberOfStore(store);
  }

  #compile(step: TransactionStep, seen: { readonly output: CellValue } | undefined): CompiledStep {
    const key = this.#numberOfKey(step.key);
    switch (step.kind) {
      case "read":
        return seen === undefined
          ? { code: READ_ANY, key, first: 0, second: 0 }
          : { code: READ, key, first: this.#numberOfValue(seen.output), second: 0 };
      case "write":
        return { code: WRITE, key, first: this.#numberOfValue(step.value), second: 0 };
      case "append":
        return { code: APPEND, key, first: this.#numberOfValue(step.value), second: 0 };
      case "cas":
        return { code: CAS, key, first: this.#numberOfValue(step.from), second: this.#numberOfValue(step.to) };
      default:
        return unreachable(step);
    }
  }

  #numberOfKey(key: CellValue): number {
    const name = JSON.stringify(key) ?? "";
    const number = this.#keyNumbers.get(name) ?? this.#keys.push(key) - 1;
    this.#keyNumbers.set(name, number);
    return number;
  }

  #numberOfValue(value: CellValue): number {
    const plain = Array.isArray(value) && value.length === 0 ? null : (value ?? null);
    const name = JSON.stringify(plain);
    const number = this.#valueNumbers.get(name) ?? this.#values.push(plain) - 1;
    this.#valueNumbers.set(name, number);
    return number;
  }

  #numberOfStore(store: readonly number[]): number {
    const name = store.join();
    const number = this.#storeNumbers.get(name) ?? this.#stores.push(store) - 1;
    this.#storeNumbers.set(name, number);
    return number;
  }
}

/** Equal texts get equal numbers. */
function numbersOf(texts: readonly string[]): readonly number[] {
  const numbers = new Map<string, number>();
  return texts.map((text) => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  });
}

function listOf(value: CellValue): readonly CellValue[] {
  if (Array.isArray(value)) return value;
  return value === null || value === undefined ? [] : [value];
}

function describe({ input, returned }: Transaction): string {
  const steps = input.steps.map((step, index) => describeStep(step, returned?.output[index]));
  return `txn(${steps.join(", ")})${returned === undefined ? " -> unknown" : ""}`;
}

function describeStep(step: TransactionStep, seen: CellValue): string {
  const key = describeValue(step.key);
  switch (step.kind) {
    case "read":
      return `read ${key}${seen === undefined ? "" : ` -> ${describeValue(seen)}`}`;
    case "write":
      return `write ${key} ${describeValue(step.value)}`;
    case "append":
      return `append ${key} ${describeValue(step.value)}`;
    case "cas":
      return `cas ${key} ${describeValue(step.from)} ${describeValue(step.to)}`;
    default:
      return unreachable(step);
  }
}
