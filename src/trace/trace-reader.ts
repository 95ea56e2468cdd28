// Reads a whole trace line by line: parses each, and checks that together they are a trace.
import type { RunEvent, TraceEvent } from "./event.ts";
import type { Keyframe, TraceIndex } from "./keyframe.ts";
import { parseTraceLine } from "./reader.ts";

/** What a line is. `number` counts the run's events from 1, those of unknown kinds too, keyframes and the index not. */
export type TraceReadResult =
  | { readonly kind: "event"; readonly event: TraceEvent; readonly number: number }
  | { readonly kind: "keyframe"; readonly keyframe: Keyframe }
  | { readonly kind: "index"; readonly index: TraceIndex }
  | { readonly kind: "skip" }
  | { readonly kind: "error"; readonly reason: string };

/** The state of a reader between two lines. */
export class TraceReader {
  #line = 0;
  #number = 0;
  #at = 0;
  #run: RunEvent | undefined;

  /** The run that is read; undefined before its first line. */
  get run(): RunEvent | undefined {
    return this.#run;
  }

  /** How many lines were read: where an error is. */
  get lineNumber(): number {
    return this.#line;
  }

  /** How many events there were. */
  get eventCount(): number {
    return this.#number;
  }

  /** Goes on behind a keyframe: its line is the next one to be read, `line` its number where that is known. */
  seek({ at, events }: { readonly at: number; readonly events: number }): void {
    this.#at = at;
    this.#number = events;
  }

  /** Reads the next line. Never throws; the reason of an error does not name file and line. */
  read(text: string): TraceReadResult {
    this.#line += 1;
    const parsed = parseTraceLine(text);
    switch (parsed.kind) {
      case "error":
        return parsed;
      case "skip":
        return parsed.at === undefined ? { kind: "skip" } : (this.#advance(parsed.at) ?? this.#skipEvent());
      case "keyframe":
        return this.#advance(parsed.keyframe.at) ?? parsed;
      case "index":
        return this.#advance(parsed.index.at) ?? parsed;
      case "event":
        return this.#event(parsed.event);
    }
  }

  #event(event: TraceEvent): TraceReadResult {
    if (event.type === "run") {
      if (this.#run !== undefined) return { kind: "error", reason: "a second run line: a trace holds one run" };
      this.#run = event;
    }
    const wrong = this.#advance(event.at);
    if (wrong !== undefined) return wrong;
    this.#number += 1;
    return { kind: "event", event, number: this.#number };
  }

  #skipEvent(): TraceReadResult {
    this.#number += 1;
    return { kind: "skip" };
  }

  #advance(at: number): TraceReadResult | undefined {
    if (this.#run === undefined) return { kind: "error", reason: "not a trace: its first line must be the run line" };
    if (at < this.#at) return { kind: "error", reason: `time goes back: ${at} ms comes after ${this.#at} ms` };
    this.#at = at;
    return undefined;
  }
}
