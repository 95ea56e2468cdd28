// Whether this process stood still lately (stopped, or without a processor): what it reads then may be as old as the standstill.

/** Watches the clock of a replica that is called every few ms. */
export class Standstill {
  readonly #noticeableMs: number;
  #calledAt: number;
  #endedAt = Number.NEGATIVE_INFINITY;

  /** A pause between two calls of more than `noticeableMs` is a standstill. */
  constructor({ now, noticeableMs }: { now: number; noticeableMs: number }) {
    this.#calledAt = now;
    this.#noticeableMs = noticeableMs;
  }

  /** The replica is called, for whatever reason. */
  note(now: number): void {
    if (now - this.#calledAt > this.#noticeableMs) this.#endedAt = now;
    this.#calledAt = now;
  }

  /** Whether no standstill has ended so lately that its backlog may still be arriving: timers go off before sockets are read. */
  isLongPast(now: number): boolean {
    return now - this.#endedAt > this.#noticeableMs;
  }
}
