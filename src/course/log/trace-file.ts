// Writes a trace to a file, gzipped when its name ends in ".gz", with an index at its end. Process shell: owns a file.
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { type Keyframe, type KeyframePlace, type TraceEvent, type TraceIndex, TraceWriter } from "../../trace/index.ts";

/** Text is written in pieces of about this many characters; of a gzipped file, each piece is a member that can be read alone. */
const PIECE_CHARACTERS = 128 * 1024;

/**
 * A trace on its way to a file. Never throws after it was made: when the disk fails, it stops writing and `failure` says why.
 * Keyframes begin new pieces, so that a reader can start at one without reading what comes before.
 */
export class TraceFile {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #gzipped: boolean;
  readonly #writer: TraceWriter;
  readonly #places: KeyframePlace[] = [];
  #pending: string[] = [];
  #pendingCharacters = 0;
  /** Bytes in the file. */
  #written = 0;
  #failure: string | undefined;

  /** Begins the file anew, and makes its directory. Throws the file system's error when it cannot. */
  constructor(file: string, options: { readonly keyframeEvents?: number } = {}) {
    mkdirSync(path.dirname(file), { recursive: true });
    this.#path = file;
    this.#descriptor = openSync(file, "w");
    this.#gzipped = file.endsWith(".gz");
    this.#writer = new TraceWriter((line, keyframe) => this.#take(line, keyframe), options);
  }

  /** Why writing stopped; undefined while all is well. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** How many events have been written. */
  get eventCount(): number {
    return this.#writer.eventCount;
  }

  /** Writes an event. Throws RangeError as TraceWriter does. */
  write(event: TraceEvent): void {
    this.#writer.write(event);
  }

  /** Writes what is left and the index, and closes the file. Nothing may be written afterwards. */
  close(): void {
    this.#flush();
    const { lastAt: at, eventCount: events } = this.#writer;
    const index: TraceIndex = { type: "index", at, events, keyframes: this.#places };
    this.#take(JSON.stringify(index), undefined);
    this.#flush();
    closeSync(this.#descriptor);
  }

  #take(line: string, keyframe: Keyframe | undefined): void {
    if (keyframe !== undefined) {
      this.#flush();
      this.#places.push({ at: keyframe.at, events: keyframe.events, offset: this.#written });
    }
    this.#pending.push(line);
    this.#pendingCharacters += line.length;
    if (this.#pendingCharacters >= PIECE_CHARACTERS) this.#flush();
  }

  #flush(): void {
    if (this.#pending.length === 0) return;
    const text = `${this.#pending.join("\n")}\n`;
    this.#pending = [];
    this.#pendingCharacters = 0;
    if (this.#failure !== undefined) return;
    const bytes = this.#gzipped ? gzipSync(text) : Buffer.from(text, "utf8");
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.#descriptor, bytes, done);
      this.#written += bytes.length;
    } catch (error) {
      this.#failure = `${this.#path}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}
