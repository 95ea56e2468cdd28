// Writes trace events as JSON lines to wherever the caller wants them.
import type { TraceEvent } from "./event.ts";

/** Takes one line of the trace, without its end of line. */
export type TraceSink = (line: string) => void;

/** An event as the line that stands for it: JSON without spaces, `at` rounded to a microsecond, no end of line. */
export function encodeTraceEvent(event: TraceEvent): string {
  const at = Math.round(event.at * 1000) / 1000;
  // JSON.stringify escapes the ends of lines inside strings, so an event is always exactly one line.
  return JSON.stringify(at === event.at ? event : { ...event, at });
}

/**
 * Writes a run's events in the order in which they are given. The first must be the `run` event; times must not decrease, and an
 * event that comes late (clocks of two sources) is written with the time of the one before it.
 */
export class TraceWriter {
  readonly #sink: TraceSink;
  #lastAt = 0;
  #events = 0;

  constructor(sink: TraceSink) {
    this.#sink = sink;
  }

  /** How many events have been written. */
  get eventCount(): number {
    return this.#events;
  }

  /** Writes one event. Throws RangeError when a trace does not begin with its `run` event, or has a second one. */
  write(event: TraceEvent): void {
    if ((this.#events === 0) !== (event.type === "run")) {
      throw new RangeError(`a trace begins with its one run event, got ${event.type} as event ${this.#events + 1}`);
    }
    this.#lastAt = Math.max(this.#lastAt, event.at);
    this.#events += 1;
    this.#sink(encodeTraceEvent(event.type === "run" ? event : { ...event, at: this.#lastAt }));
  }
}
