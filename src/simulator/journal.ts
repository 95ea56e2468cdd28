// What happened in a run, twice: as a hash, always, so that two runs can be compared, and as trace events, when somebody wants them.

import type { TraceEvent } from "../trace/index.ts";
import { encodeAscii } from "./ascii.ts";
import { hashBytes, mix } from "./hash.ts";

export class Journal {
  readonly #trace: ((event: TraceEvent) => void) | undefined;
  readonly #now: () => number;
  #one = 0x811c9dc5;
  #other = 0x2545f491;

  constructor(trace: ((event: TraceEvent) => void) | undefined, now: () => number) {
    this.#trace = trace;
    this.#now = now;
  }

  /** Whether anybody reads trace events: making them costs. */
  get isTraced(): boolean {
    return this.#trace !== undefined;
  }

  /** The moment, as trace events tell it: ms with at most three decimals. */
  get at(): number {
    return Math.round(this.#now() * 1000) / 1000;
  }

  /** Something happened; `what` and the others are small numbers that tell it from everything else that could have. */
  note(what: number, one: number, other: number, third: number): void {
    const at = Math.round(this.#now() * 64);
    this.#one = mix(mix(this.#one, at), what * 0x10001 + one);
    this.#other = mix(mix(this.#other, other), third ^ at);
  }

  /** Something was read or written. */
  noteText(text: string): void {
    this.#one = hashBytes(this.#one, encodeAscii(text));
  }

  /** Gives an event to the trace; `make` is called only if there is one. */
  tell(make: () => TraceEvent): void {
    this.#trace?.(make());
  }

  /** Hexadecimal, 16 digits: equal for equal runs. */
  get hash(): string {
    const digits = (hash: number) => hash.toString(16).padStart(8, "0");
    return `${digits(this.#one)}${digits(this.#other)}`;
  }
}
