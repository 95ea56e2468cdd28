// The order that a search has built: operations that took effect one after another, and absorbed ones that fit in between.

/** Operations in the order in which they take effect, in the search's numbering. */
export type Order = Int32Array;

/** An operation that took effect where it stands. */
const PLAIN = -1;

/**
 * Operations in the order in which a search passed them. One that was passed as absorbed took effect earlier: before the place that was
 * next when it was absorbed.
 */
export class OrderStack {
  readonly #operations: Int32Array;
  /** By depth: PLAIN, or where an absorbed operation belongs, as a sort key. */
  readonly #keys: Int32Array;
  #depth = 0;
  /** By operation: the key of an absorbed one, 0 if it is not absorbed. */
  readonly #absorbedAt: Int32Array;
  readonly #absorbed: Int32Array;
  #absorbedCount = 0;

  constructor(operationCount: number) {
    this.#operations = new Int32Array(operationCount);
    this.#keys = new Int32Array(operationCount);
    this.#absorbedAt = new Int32Array(operationCount);
    this.#absorbed = new Int32Array(operationCount);
  }

  /** Operations passed. */
  get depth(): number {
    return this.#depth;
  }

  /** Operations absorbed, passed or not. */
  get absorbedCount(): number {
    return this.#absorbedCount;
  }

  /** The operation passed last; -1 at the beginning. */
  get last(): number {
    return this.#depth === 0 ? -1 : (this.#operations[this.#depth - 1] ?? 0);
  }

  /** Lets an operation take effect now. */
  push(operation: number): void {
    this.#operations[this.#depth] = operation;
    this.#keys[this.#depth] = PLAIN;
    this.#depth += 1;
  }

  /** Passes an operation that was absorbed earlier. */
  pushAbsorbed(operation: number): void {
    this.#operations[this.#depth] = operation;
    this.#keys[this.#depth] = this.#absorbedAt[operation] ?? 0;
    this.#depth += 1;
  }

  /** Takes back and returns the operation passed last. */
  pop(): number {
    this.#depth -= 1;
    return this.#operations[this.#depth] ?? 0;
  }

  /** Notes that an operation could take effect now without a trace; `isOverwritten`: by the one that is pushed next. */
  absorb(operation: number, isOverwritten: boolean): void {
    // What leaves the state as it is comes before what is overwritten, and both before the operation that stands there.
    this.#absorbedAt[operation] = 3 * this.#depth + (isOverwritten ? 2 : 1);
    this.#absorbed[this.#absorbedCount] = operation;
    this.#absorbedCount += 1;
  }

  /** Takes back the latest such note; returns its operation. */
  unabsorb(): number {
    this.#absorbedCount -= 1;
    const operation = this.#absorbed[this.#absorbedCount] ?? 0;
    this.#absorbedAt[operation] = 0;
    return operation;
  }

  /** Whether an operation is absorbed. */
  isAbsorbed(operation: number): boolean {
    return this.#absorbedAt[operation] !== 0;
  }

  /** The operations passed, in the order in which they take effect. */
  order(): Order {
    return orderOf(this.#operations.subarray(0, this.#depth), this.#keys);
  }
}

/** Sorts by key, in linear time: no key is beyond 3 * (length + 1). */
function orderOf(operations: Int32Array, keys: Int32Array): Order {
  const keyAt = (depth: number): number => {
    const key = keys[depth] ?? PLAIN;
    return key === PLAIN ? 3 * depth + 3 : key;
  };
  const begins = new Int32Array(3 * operations.length + 5);
  operations.forEach((_, depth) => {
    const after = keyAt(depth) + 1;
    begins[after] = (begins[after] ?? 0) + 1;
  });
  for (let key = 1; key < begins.length; key++) begins[key] = (begins[key] ?? 0) + (begins[key - 1] ?? 0);
  const sorted = new Int32Array(operations.length);
  operations.forEach((operation, depth) => {
    const key = keyAt(depth);
    const place = begins[key] ?? 0;
    sorted[place] = operation;
    begins[key] = place + 1;
  });
  return sorted;
}
