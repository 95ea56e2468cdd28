// Opens traces: plain or gzipped files and standard input, read in pieces, from the start or from a keyframe. Shell: reads files.
import { type FileHandle, open } from "node:fs/promises";
import { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { createGunzip } from "node:zlib";
import { TraceReader, type TraceReadResult } from "../../trace/index.ts";
import { ConfigError } from "../flags.ts";
import { findSeekPoint } from "./seek-point.ts";

/** What reading a trace gives, in order. */
export type TraceItem = Extract<TraceReadResult, { kind: "event" | "keyframe" }>;

/** How to read. */
export interface OpenTraceOptions {
  /** Events before this time, in ms, are not needed: the reader may begin at a keyframe before it. */
  readonly fromMs?: number | undefined;
  /** Told, in one line, what a reader should know though the trace can be read. Default: to stderr. */
  readonly warn?: (text: string) => void;
}

const STDIN = "-";
const PIECE_BYTES = 256 * 1024;

/**
 * Reads a trace, many items at a time. Begins with the run event, also when it then goes on at a keyframe: that is its second item.
 * Throws ConfigError, naming file, line and reason, when it is no trace. A trace that ends in the middle of a line (its writer was
 * killed) ends before that line, with a warning on stderr.
 */
export async function* readTrace(
  file: string,
  { fromMs, warn = toStderr }: OpenTraceOptions = {},
): AsyncGenerator<readonly TraceItem[], void, undefined> {
  const parser = new TraceParser(file, warn);
  if (file === STDIN) {
    yield* parser.parse(inflated(process.stdin));
    return;
  }
  const handle = await openFile(file);
  try {
    const seek = fromMs === undefined ? undefined : await findSeekPoint(handle, fromMs);
    if (seek !== undefined) {
      yield parser.first(seek.runLine);
      parser.continueAt(seek);
    }
    const start = seek?.offset ?? 0;
    yield* parser.parse(inflated(handle.createReadStream({ start, highWaterMark: PIECE_BYTES, autoClose: false })));
  } finally {
    await handle.close();
  }
}

function toStderr(text: string): void {
  process.stderr.write(`keelson: warning: ${text}\n`);
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    const handle = await open(file);
    if (!(await handle.stat()).isDirectory()) return handle;
    await handle.close();
  } catch (error) {
    throw new ConfigError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new ConfigError(`${file}: this is a directory; give the trace in it, for example ${file}/trace.jsonl`);
}

/** A stream's bytes, unpacked if they begin as gzip does. A file cut off in the middle ends there. */
async function* inflated(stream: Readable): AsyncGenerator<Buffer> {
  const pieces = stream[Symbol.asyncIterator]();
  let first = await pieces.next();
  // Two bytes tell; a pipe may give one at a time.
  while (!first.done && first.value.length < 2) {
    const second = await pieces.next();
    if (second.done) break;
    first = { done: false, value: Buffer.concat([first.value, second.value]) };
  }
  if (first.done) return;
  const rest = async function* (): AsyncGenerator<Buffer> {
    yield first.value;
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value;
  };
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) yield* rest();
  else yield* gunzipped(rest());
}

async function* gunzipped(bytes: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const source = Readable.from(bytes, { objectMode: false });
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES });
  source.on("error", (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    yield* gunzip;
  } catch (error) {
    if (!isCutOff(error)) throw new ConfigError(`gzip: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    source.destroy();
  }
}

function isCutOff(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "Z_BUF_ERROR";
}

/** Turns bytes into items and names the place of what is wrong. */
class TraceParser {
  readonly #file: string;
  readonly #warn: (text: string) => void;
  readonly #reader = new TraceReader();
  /** Where lines are counted from. */
  #origin = "";

  constructor(file: string, warn: (text: string) => void) {
    this.#file = file === STDIN ? "standard input" : file;
    this.#warn = warn;
  }

  /** Reads the run line alone. */
  first(line: string): readonly TraceItem[] {
    return this.#parseLines([line]);
  }

  /** Goes on at a keyframe, whose line comes next. */
  continueAt({ at, events }: { readonly at: number; readonly events: number }): void {
    this.#reader.seek({ at, events });
    this.#origin = `(after event ${events})+`;
  }

  async *parse(pieces: AsyncGenerator<Buffer>): AsyncGenerator<readonly TraceItem[]> {
    const decoder = new StringDecoder("utf8");
    let rest = "";
    try {
      for await (const piece of pieces) {
        const text = rest + decoder.write(piece);
        const end = text.lastIndexOf("\n");
        rest = text.slice(end + 1);
        if (end >= 0) yield this.#parseLines(text.slice(0, end).split("\n"));
      }
    } catch (error) {
      throw error instanceof ConfigError && !error.message.startsWith(this.#file)
        ? new ConfigError(`${this.#file}: ${error.message}`)
        : error;
    }
    if (rest.trim() !== "") yield this.#parseLast(rest + decoder.end());
    if (this.#reader.run === undefined) throw new ConfigError(`${this.#file}:1: not a trace: it is empty`);
  }

  #parseLines(lines: readonly string[]): readonly TraceItem[] {
    const items: TraceItem[] = [];
    for (const line of lines) {
      const result = this.#reader.read(line);
      if (result.kind === "event" || result.kind === "keyframe") items.push(result);
      else if (result.kind === "error") {
        throw new ConfigError(`${this.#file}:${this.#origin}${this.#reader.lineNumber}: ${result.reason}`);
      }
    }
    return items;
  }

  /** The last line has no end: it is whole or was cut off. */
  #parseLast(line: string): readonly TraceItem[] {
    try {
      JSON.parse(line);
    } catch {
      if (this.#reader.run !== undefined) {
        this.#warn(`${this.#file}: ends in the middle of a line; read up to there`);
        return [];
      }
    }
    return this.#parseLines([line]);
  }
}
