// Bounds how much of what one replica prints is kept. Pure: the time is an input.

/** How many lines of one replica are kept. */
export interface FloodLimits {
  readonly linesPerSecondMax: number;
  readonly linesPerRunMax: number;
}

/** Enough for a replica that logs every message, little enough that five flooding ones fill no disk. */
export const DEFAULT_FLOOD_LIMITS: FloodLimits = { linesPerSecondMax: 2000, linesPerRunMax: 50_000 };

/** Lets one replica's lines pass up to the limits, and counts the others. */
export class FloodGate {
  readonly #limits: FloodLimits;
  #second = -1;
  #passedInSecond = 0;
  #passed = 0;
  #leftOut = 0;

  constructor(limits: FloodLimits) {
    this.#limits = limits;
  }

  /** Whether a line printed at `at` (ms since the run began) is kept. */
  admits(at: number): boolean {
    const second = Math.floor(at / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#passedInSecond = 0;
    }
    if (this.#passedInSecond >= this.#limits.linesPerSecondMax || this.#passed >= this.#limits.linesPerRunMax) {
      this.#leftOut += 1;
      return false;
    }
    this.#passedInSecond += 1;
    this.#passed += 1;
    return true;
  }

  /** How many lines were left out since the last call. */
  takeLeftOut(): number {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }
}
