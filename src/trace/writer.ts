// Writes trace events as JSON lines to wherever the caller wants them, with keyframes among them.
import type { TraceEvent } from "./event.ts";
import type { Keyframe } from "./keyframe.ts";
import { RunState } from "./run-state.ts";

/** Takes one line of the trace, without its end of line. With `keyframe`, the line is one: a good place for a segment to begin. */
export type TraceSink = (line: string, keyframe?: Keyframe) => void;

/** Events between two keyframes, at least. A reader that seeks reads no more than about this many in vain. */
const KEYFRAME_EVENTS = 2000;
/** And characters, as a multiple of what the last keyframe took: a large state costs at most this part of the file. */
const KEYFRAME_SHARE = 8;

/** An event as the line that stands for it: JSON without spaces, `at` rounded to a microsecond, no end of line. */
export function encodeTraceEvent(event: TraceEvent): string {
  const at = roundTime(event.at);
  // JSON.stringify escapes the ends of lines inside strings, so an event is always exactly one line.
  return JSON.stringify(at === event.at ? event : { ...event, at });
}

/**
 * Writes a run's events in the order in which they are given. The first must be the `run` event; times must not decrease, and an
 * event that comes late (clocks of two sources) is written with the time of the one before it.
 */
export class TraceWriter {
  readonly #sink: TraceSink;
  readonly #state = new RunState();
  readonly #keyframeEvents: number;
  #lastAt = 0;
  #events = 0;
  #eventsSinceKeyframe = 0;
  #charactersSinceKeyframe = 0;
  #keyframeCharacters = 0;

  /** `keyframeEvents`: how many events there are between two keyframes, at least; default 2000. */
  constructor(sink: TraceSink, { keyframeEvents = KEYFRAME_EVENTS }: { readonly keyframeEvents?: number } = {}) {
    this.#sink = sink;
    this.#keyframeEvents = keyframeEvents;
  }

  /** How many events have been written. */
  get eventCount(): number {
    return this.#events;
  }

  /** The time of the last event. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** Writes one event. Throws RangeError when a trace does not begin with its `run` event, or has a second one. */
  write(event: TraceEvent): void {
    if ((this.#events === 0) !== (event.type === "run")) {
      throw new RangeError(`a trace begins with its one run event, got ${event.type} as event ${this.#events + 1}`);
    }
    const at = Math.max(this.#lastAt, roundTime(event.at));
    const timed = at === event.at || event.type === "run" ? event : { ...event, at };
    const line = JSON.stringify(timed);
    this.#lastAt = at;
    this.#events += 1;
    this.#eventsSinceKeyframe += 1;
    this.#charactersSinceKeyframe += line.length;
    this.#sink(line);
    this.#state.apply(timed);
    if (this.#eventsSinceKeyframe >= this.#keyframeEvents) this.#considerKeyframe();
  }

  #considerKeyframe(): void {
    if (this.#charactersSinceKeyframe < this.#keyframeCharacters * KEYFRAME_SHARE) return;
    const keyframe: Keyframe = { type: "keyframe", at: this.#lastAt, events: this.#events, ...this.#state.view() };
    const line = JSON.stringify(keyframe);
    this.#eventsSinceKeyframe = 0;
    this.#charactersSinceKeyframe = 0;
    this.#keyframeCharacters = line.length;
    this.#sink(line, keyframe);
  }
}

function roundTime(at: number): number {
  return Math.round(at * 1000) / 1000;
}
