// Bounds how much of what one replica prints is kept. Pure: the time is an input.

/** How much of one replica's output is kept: lines, and characters in them. */
export interface FloodLimits {
  readonly linesPerSecondMax: number;
  readonly linesPerRunMax: number;
  readonly charactersPerSecondMax: number;
  readonly charactersPerRunMax: number;
}

/** Enough for a replica that logs every message, little enough that flooding ones fill no disk. */
export const DEFAULT_FLOOD_LIMITS: FloodLimits = {
  linesPerSecondMax: 2000,
  linesPerRunMax: 50_000,
  charactersPerSecondMax: 250_000,
  charactersPerRunMax: 4_000_000,
};

/** Lets one replica's lines pass up to the limits, and counts the others. */
export class FloodGate {
  readonly #limits: FloodLimits;
  #second = -1;
  #inSecond = { lines: 0, characters: 0 };
  readonly #inRun = { lines: 0, characters: 0 };
  #leftOut = 0;

  constructor(limits: FloodLimits) {
    this.#limits = limits;
  }

  /** Whether a line of so many characters, printed at `at` (ms since the run began), is kept. */
  admits({ at, characters }: { readonly at: number; readonly characters: number }): boolean {
    const second = Math.floor(at / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#inSecond = { lines: 0, characters: 0 };
    }
    if (!this.#hasRoomFor(characters)) {
      this.#leftOut += 1;
      return false;
    }
    for (const passed of [this.#inSecond, this.#inRun]) {
      passed.lines += 1;
      passed.characters += characters;
    }
    return true;
  }

  /** How many lines were left out since the last call. */
  takeLeftOut(): number {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }

  #hasRoomFor(characters: number): boolean {
    const { linesPerSecondMax, linesPerRunMax, charactersPerSecondMax, charactersPerRunMax } = this.#limits;
    return (
      this.#inSecond.lines < linesPerSecondMax &&
      this.#inRun.lines < linesPerRunMax &&
      this.#inSecond.characters + characters <= charactersPerSecondMax &&
      this.#inRun.characters + characters <= charactersPerRunMax
    );
  }
}
