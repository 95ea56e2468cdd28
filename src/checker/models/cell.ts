// The machine of everything that holds one value: registers, and one key of a key-value store. Values are numbered once, so that a
// step is a few integer comparisons.

import { ILLEGAL, type Machine } from "../model.ts";

/** A value that a cell can hold; undefined is the value of a cell that was never written, where the model says so. */
export type CellValue = string | number | boolean | null | undefined | readonly CellValue[];

/** What an operation does to a cell; "any" as an outcome: nobody knows it. */
export type CellOperation =
  | { readonly kind: "read"; readonly seen: CellValue }
  | { readonly kind: "read-any" }
  | { readonly kind: "write"; readonly value: CellValue }
  | { readonly kind: "cas"; readonly from: CellValue; readonly to: CellValue; readonly swapped: boolean | "any" }
  | { readonly kind: "append"; readonly value: string };

const READ = 0;
const READ_ANY = 1;
const WRITE = 2;
const CAS_SWAPPED = 3;
const CAS_REFUSED = 4;
const CAS_ANY = 5;
const APPEND = 6;

/** Makes the machine for a list of operations on a cell that first holds `initial`. */
export function compileCell(operations: readonly CellOperation[], initial: CellValue): Machine {
  return new CellMachine(operations, initial);
}

class CellMachine implements Machine {
  readonly initialState: number;
  readonly #codes: Uint8Array;
  /** An append can make any text, so that nobody can tell who makes a state. */
  readonly #hasAppends: boolean;
  /** The value read, written, expected by a CAS, or appended. */
  readonly #first: Int32Array;
  /** The value that a CAS writes. */
  readonly #second: Int32Array;
  readonly #values: CellValue[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #appended = new Map<number, number>();
  readonly #effects = new Map<string, number>();
  #bytesAppended = 0;

  constructor(operations: readonly CellOperation[], initial: CellValue) {
    this.initialState = this.#numberOf(initial);
    this.#hasAppends = operations.some(({ kind }) => kind === "append");
    this.#codes = new Uint8Array(operations.length);
    this.#first = new Int32Array(operations.length);
    this.#second = new Int32Array(operations.length);
    operations.forEach((operation, index) => {
      this.#encode(operation, index);
    });
  }

  step(state: number, operation: number): number {
    const first = this.#first[operation] ?? 0;
    switch (this.#codes[operation]) {
      case READ:
        return state === first ? state : ILLEGAL;
      case WRITE:
        return first;
      case CAS_SWAPPED:
        return state === first ? (this.#second[operation] ?? 0) : ILLEGAL;
      case CAS_REFUSED:
        return state === first ? ILLEGAL : state;
      case CAS_ANY:
        return state === first ? (this.#second[operation] ?? 0) : state;
      case APPEND:
        return this.#append(state, first);
      default:
        return state;
    }
  }

  isRead(operation: number): boolean {
    const code = this.#codes[operation];
    if (code === CAS_SWAPPED || code === CAS_ANY) return this.#first[operation] === this.#second[operation];
    return code === READ || code === READ_ANY || code === CAS_REFUSED;
  }

  isBlind(operation: number): boolean {
    return this.#codes[operation] === WRITE;
  }

  effectOf(operation: number): number {
    const code = this.#codes[operation];
    if (code === WRITE) return 2 * (this.#first[operation] ?? 0);
    const effect = `${code}/${this.#first[operation]}/${this.#second[operation]}`;
    return 2 * numberIn(this.#effects, effect) + 1;
  }

  needs(operation: number): number {
    if (this.#hasAppends) return -1;
    const code = this.#codes[operation];
    return code === READ || code === CAS_SWAPPED ? (this.#first[operation] ?? -1) : -1;
  }

  makes(operation: number): number {
    const code = this.#codes[operation];
    if (code === WRITE) return this.#first[operation] ?? -1;
    const isCas = code === CAS_SWAPPED || code === CAS_ANY;
    return isCas && !this.isRead(operation) ? (this.#second[operation] ?? -1) : -1;
  }

  bytesHeld(): number {
    return this.#bytesAppended;
  }

  describeState(state: number): string {
    return describeValue(this.#values[state]);
  }

  #encode(operation: CellOperation, index: number): void {
    switch (operation.kind) {
      case "read":
        return this.#set(index, READ, operation.seen);
      case "read-any":
        return this.#set(index, READ_ANY, undefined);
      case "write":
        return this.#set(index, WRITE, operation.value);
      case "append":
        return this.#set(index, APPEND, operation.value);
      case "cas": {
        const code = operation.swapped === "any" ? CAS_ANY : operation.swapped ? CAS_SWAPPED : CAS_REFUSED;
        this.#second[index] = this.#numberOf(operation.to);
        return this.#set(index, code, operation.from);
      }
    }
  }

  #set(index: number, code: number, first: CellValue): void {
    this.#codes[index] = code;
    this.#first[index] = this.#numberOf(first);
  }

  #append(state: number, suffix: number): number {
    // States and suffixes stay far below 2^26, so the sum is an exact integer.
    const step = state * 0x4000000 + suffix;
    const known = this.#appended.get(step);
    if (known !== undefined) return known;
    const text = `${textOf(this.#values[state])}${textOf(this.#values[suffix])}`;
    const after = this.#numberOf(text);
    // The text, its name in JSON, and what the tables need for it.
    this.#bytesAppended += 4 * text.length + 200;
    this.#appended.set(step, after);
    return after;
  }

  #numberOf(value: CellValue): number {
    const number = numberIn(this.#numbers, JSON.stringify(value) ?? "undefined");
    this.#values[number] = value;
    return number;
  }
}

/** The number of a name; a new name gets the next number. */
function numberIn(numbers: Map<string, number>, name: string): number {
  const number = numbers.get(name) ?? numbers.size;
  numbers.set(name, number);
  return number;
}

function textOf(value: CellValue): string {
  return value === undefined || value === null ? "" : String(value);
}

/** A value in words, long texts cut. */
export function describeValue(value: CellValue): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= 48 ? text : `${text.slice(0, 40)}..." (${text.length} characters)`;
}
