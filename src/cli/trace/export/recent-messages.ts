// Remembers something about the messages sent last, in bounded memory: more than any network holds at a time. Pure.

const GENERATION = 50_000;

/** Values by message id. The latest 50,000 are there for certain, earlier ones for some time longer. */
export class RecentMessages<Value> {
  // Two maps that take turns: deleting the oldest key of one map, again and again, is slow.
  #recent = new Map<number, Value>();
  #earlier: ReadonlyMap<number, Value> = new Map();

  set(id: number, value: Value): void {
    if (this.#recent.size >= GENERATION) {
      this.#earlier = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(id, value);
  }

  get(id: number): Value | undefined {
    return this.#recent.get(id) ?? this.#earlier.get(id);
  }
}
