// The configurations that a search has been in: which operations have taken effect, and the state that they led to. A search that
// comes to one again need not go on, since whatever follows was tried (Lowe's memoization).

const INITIAL_WORDS = 1 << 16;
const INITIAL_SLOTS = 1 << 12;

/**
 * A growing set of configurations, with the current one to compare against it. Operations of known outcome take effect roughly in
 * the order of their calls, so a configuration is stored as the length of the prefix that has taken effect (in words of 32) and
 * the few words after it; those of unknown outcome are kept apart, because they may stay behind for ever.
 */
export class ConfigurationSet {
  readonly #closed: Int32Array;
  /** First word of `closed` that is not all ones, and the last that is not zero (-1: none). */
  #closedLow = 0;
  #closedHigh = -1;
  /** Which operations of known outcome are absorbed and not placed; they lie among the few words after the prefix. */
  readonly #absorbed: Int32Array;
  #absorbedHigh = -1;
  readonly #open: Int32Array;
  /** Bounds of the words of `open` that may be other than zero; grown when set, shrunk when compared. */
  #openHigh = -1;
  /** Records one after another: length, hash, then the words of the key. */
  #records = new Int32Array(INITIAL_WORDS);
  #recordsEnd = 0;
  /** Open addressing: a record's offset + 1, or 0. */
  #slots = new Int32Array(INITIAL_SLOTS);
  #size = 0;
  readonly #key: Int32Array;
  readonly #wordsMax: number;

  /** `wordsMax` bounds the memory of the records, in 32-bit words; the slots come on top, at most two thirds as many. */
  constructor({ closed, open, wordsMax }: { closed: number; open: number; wordsMax: number }) {
    this.#closed = new Int32Array((closed + 31) >>> 5);
    this.#absorbed = new Int32Array(this.#closed.length);
    this.#open = new Int32Array((open + 31) >>> 5);
    this.#key = new Int32Array(5 + 2 * this.#closed.length + this.#open.length);
    this.#wordsMax = wordsMax;
  }

  /** How many configurations are in the set. */
  get size(): number {
    return this.#size;
  }

  /** Whether the next `add` might need more memory than the set may have. */
  get isFull(): boolean {
    return this.#recordsEnd + this.#key.length + 2 > this.#wordsMax;
  }

  /** Marks an operation of known outcome as having taken effect. */
  placeClosed(operation: number): void {
    const word = operation >>> 5;
    this.#closed[word] = (this.#closed[word] ?? 0) | (1 << (operation & 31));
    if (word > this.#closedHigh) this.#closedHigh = word;
    while (this.#closed[this.#closedLow] === -1) this.#closedLow += 1;
  }

  /** Takes the mark back. */
  removeClosed(operation: number): void {
    const word = operation >>> 5;
    this.#closed[word] = (this.#closed[word] ?? 0) & ~(1 << (operation & 31));
    if (word < this.#closedLow) this.#closedLow = word;
    while (this.#closedHigh >= 0 && this.#closed[this.#closedHigh] === 0) this.#closedHigh -= 1;
  }

  /** Marks an operation of known outcome that is not placed as absorbed: it may be placed without a trace. */
  absorb(operation: number): void {
    const word = operation >>> 5;
    this.#absorbed[word] = (this.#absorbed[word] ?? 0) | (1 << (operation & 31));
    if (word > this.#absorbedHigh) this.#absorbedHigh = word;
  }

  /** Takes the mark back. */
  unabsorb(operation: number): void {
    const word = operation >>> 5;
    this.#absorbed[word] = (this.#absorbed[word] ?? 0) & ~(1 << (operation & 31));
    while (this.#absorbedHigh >= 0 && this.#absorbed[this.#absorbedHigh] === 0) this.#absorbedHigh -= 1;
  }

  /** Marks an operation of unknown outcome as having taken effect. */
  placeOpen(operation: number): void {
    const word = operation >>> 5;
    this.#open[word] = (this.#open[word] ?? 0) | (1 << (operation & 31));
    if (word > this.#openHigh) this.#openHigh = word;
  }

  /** Takes the mark back. */
  removeOpen(operation: number): void {
    const word = operation >>> 5;
    this.#open[word] = (this.#open[word] ?? 0) & ~(1 << (operation & 31));
    while (this.#openHigh >= 0 && this.#open[this.#openHigh] === 0) this.#openHigh -= 1;
  }

  /** Whether an operation of unknown outcome has taken effect. */
  hasOpen(operation: number): boolean {
    return ((this.#open[operation >>> 5] ?? 0) & (1 << (operation & 31))) !== 0;
  }

  /** Adds the current configuration with `state`; false when it was there already. Call only while not full. */
  add(state: number): boolean {
    const length = this.#writeKey(state);
    const hash = hashOf(this.#key, length);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let offset = this.#slots[slot] ?? 0; offset !== 0; offset = this.#slots[slot] ?? 0) {
      if (this.#isRecord(offset - 1, length, hash)) return false;
      slot = (slot + 1) & mask;
    }
    this.#slots[slot] = this.#append(length, hash) + 1;
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length) this.#growSlots();
    return true;
  }

  /** Writes the current configuration's key; returns its length. */
  #writeKey(state: number): number {
    const key = this.#key;
    key[0] = state;
    key[1] = this.#closedLow;
    key[2] = this.#closedHigh;
    let length = 3;
    for (let word = this.#closedLow; word <= this.#closedHigh; word++) key[length++] = this.#closed[word] ?? 0;
    key[length++] = this.#absorbedHigh;
    for (let word = this.#closedLow; word <= this.#absorbedHigh; word++) key[length++] = this.#absorbed[word] ?? 0;
    let word = 0;
    while (word <= this.#openHigh && this.#open[word] === 0) word += 1;
    key[length++] = word;
    for (; word <= this.#openHigh; word++) key[length++] = this.#open[word] ?? 0;
    return length;
  }

  #isRecord(offset: number, length: number, hash: number): boolean {
    const records = this.#records;
    if (records[offset] !== length || records[offset + 1] !== hash) return false;
    for (let index = 0; index < length; index++) {
      if (records[offset + 2 + index] !== this.#key[index]) return false;
    }
    return true;
  }

  #append(length: number, hash: number): number {
    const offset = this.#recordsEnd;
    this.#recordsEnd = offset + 2 + length;
    if (this.#recordsEnd > this.#records.length) this.#growRecords();
    this.#records[offset] = length;
    this.#records[offset + 1] = hash;
    for (let index = 0; index < length; index++) this.#records[offset + 2 + index] = this.#key[index] ?? 0;
    return offset;
  }

  #growRecords(): void {
    const grown = new Int32Array(Math.max(Math.min(this.#records.length * 2, this.#wordsMax), this.#recordsEnd));
    grown.set(this.#records);
    this.#records = grown;
  }

  #growSlots(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let offset = 0; offset < this.#recordsEnd; offset += 2 + (this.#records[offset] ?? 0)) {
      let slot = (this.#records[offset + 1] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = offset + 1;
    }
    this.#slots = slots;
  }
}

/** Mixes the key's words (the finalizer of MurmurHash3 on each). */
function hashOf(key: Int32Array, length: number): number {
  let hash = length;
  for (let index = 0; index < length; index++) {
    hash = Math.imul(hash ^ (key[index] ?? 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash;
}
