// Tells a replica that was restarted without its past from one that starts for the first time (docs/decisions/0004).

/**
 * Who has been in this world since when. A replica may have promised something (a vote, an acknowledgement) only once somebody was old
 * enough to campaign, and by then all others had started. So whoever is much younger than another member may have forgotten promises.
 * Every message between replicas carries `eldest`, so this is known before a first promise: a candidate has heard from a majority.
 */
export class Births {
  readonly #own: number;
  readonly #startSpreadMs: number;
  #eldest: number;

  /** `own`: when this replica first started, ms on a clock that all share; the first starts of all lie within `startSpreadMs`. */
  constructor({ own, startSpreadMs }: { own: number; startSpreadMs: number }) {
    this.#own = own;
    this.#startSpreadMs = startSpreadMs;
    this.#eldest = own;
  }

  /** The earliest birth that this replica knows of, its own included. */
  get eldest(): number {
    return this.#eldest;
  }

  /** Another replica told of the eldest that it knows. */
  learn(eldest: number): void {
    this.#eldest = Math.min(this.#eldest, eldest);
  }

  /** Whether this replica is too young to have started with the others. Once true, true for good. */
  get isLatecomer(): boolean {
    return this.#own - this.#eldest > this.#startSpreadMs;
  }
}
