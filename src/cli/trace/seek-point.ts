// Finds the keyframe to begin at, by the index at a trace's end: without it, a trace is read from its start. Shell: reads files.
import type { FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { parseTraceLine, type TraceIndex } from "../../trace/index.ts";

/** Where to go on reading. */
export interface SeekPoint {
  /** In bytes: the keyframe's line, or the gzip member that begins with it. */
  readonly offset: number;
  readonly at: number;
  /** How many events precede it. */
  readonly events: number;
  /** The trace's first line. */
  readonly runLine: string;
}

const inflate = promisify(gunzip);

/** An index of some thousand keyframes fits; with a longer one the trace is read from its start. */
const TAIL_BYTES = 512 * 1024;
const HEAD_BYTES = 1024 * 1024;

/** The last keyframe at or before a time; undefined when there is none, or no index, or the file cannot be read at will. */
export async function findSeekPoint(handle: FileHandle, fromMs: number): Promise<SeekPoint | undefined> {
  const stat = await handle.stat();
  if (!stat.isFile()) return undefined;
  const tail = await bytesAt(handle, { from: Math.max(0, stat.size - TAIL_BYTES), count: TAIL_BYTES });
  const head = await bytesAt(handle, { from: 0, count: HEAD_BYTES });
  const isGzipped = head[0] === 0x1f && head[1] === 0x8b;
  const index = isGzipped ? await gzippedIndex(tail) : indexIn(tail.toString("utf8"));
  const place = index?.keyframes.findLast(({ at, offset }) => at < fromMs && offset < stat.size);
  if (place === undefined) return undefined;
  const runLine = firstLine(isGzipped ? await unpackedStart(head) : head);
  return runLine === undefined ? undefined : { ...place, runLine };
}

async function bytesAt(
  handle: FileHandle,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(count), position: from });
  return buffer.subarray(0, bytesRead);
}

/** The index is the last member, alone in it: its beginning is where the rest can be unpacked into one. */
async function gzippedIndex(tail: Buffer): Promise<TraceIndex | undefined> {
  const magic = Buffer.from([0x1f, 0x8b, 0x08]);
  for (let start = tail.lastIndexOf(magic); start >= 0; start = start === 0 ? -1 : tail.lastIndexOf(magic, start - 1)) {
    try {
      return indexIn((await inflate(tail.subarray(start))).toString("utf8"));
    } catch {
      // These three bytes were part of something else.
    }
  }
  return undefined;
}

function indexIn(text: string): TraceIndex | undefined {
  const line = text.trimEnd().split("\n").at(-1) ?? "";
  const parsed = parseTraceLine(line);
  return parsed.kind === "index" ? parsed.index : undefined;
}

async function unpackedStart(head: Buffer): Promise<Buffer> {
  // Z_SYNC_FLUSH: what there is, although the member goes on behind this piece.
  return inflate(head, { finishFlush: 2 });
}

function firstLine(bytes: Buffer): string | undefined {
  const end = bytes.indexOf(0x0a);
  return end < 0 ? undefined : bytes.toString("utf8", 0, end);
}
