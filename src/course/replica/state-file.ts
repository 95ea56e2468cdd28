// What a replica must find again after a restart, as lines of JSON in one file of its own directory. A course run kills processes, never
// the machine, so what has been handed to the operating system survives: no sync is needed, and a torn last line is all that can break.
import { mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Entry, HardState, InitialState, Ready, Snapshot } from "../../raft/index.ts";
import type { JsonObject } from "../protocol.ts";
import { bytesOf, textOf } from "./ascii-json.ts";
import { decodeEntry, decodeMembership, encodeEntry, encodeMembership } from "./raft-codec.ts";

const header = '{"keelson":"course-state","version":1}';

/** All that a file holds, or one line of it. */
type Past = Omit<InitialState, "membership"> & { readonly bornAt?: number };

/** Thrown when the file is not one of ours, or is damaged before its last line. */
export class StateFileError extends Error {
  override readonly name = "StateFileError";
}

/** The durable past of one replica. */
export class StateFile {
  readonly #descriptor: number;
  /** The past that was found; empty at the first start. */
  readonly restored: Omit<InitialState, "membership">;
  /** When the replica started for the first time, as it said then. */
  readonly bornAt: number;

  /** Opens (or creates) `directory`/state.jsonl, at first with `bornAt`. Throws StateFileError when it cannot be understood. */
  constructor(directory: string, { bornAt }: { bornAt: number }) {
    mkdirSync(directory, { recursive: true });
    const path = join(directory, "state.jsonl");
    const past = { bornAt, ...load(path) };
    const { bornAt: firstBornAt, ...restored } = past;
    this.restored = restored;
    this.bornAt = firstBornAt;
    // Rewritten at each start: the torn line goes, and replaced entries with it.
    const fresh = `${path}.new`;
    writeFileSync(fresh, `${[header, ...encode(past)].join("\n")}\n`);
    renameSync(fresh, path);
    this.#descriptor = openSync(path, "a");
  }

  /** Appends what a Ready wants durable, as one write. */
  save({ snapshot, entries, hardState }: Ready): void {
    if (snapshot === undefined && hardState === undefined && entries.length === 0) return;
    const lines = encode({
      ...(snapshot !== undefined && { snapshot }),
      ...(hardState !== undefined && { hardState }),
      entries,
    });
    writeFileSync(this.#descriptor, `${lines.join("\n")}\n`);
  }
}

/** One line holds all that belongs together, so that a torn write loses all of it or nothing. */
function encode({ snapshot, entries, hardState, bornAt }: Past): string[] {
  const line: Record<string, unknown> = {};
  if (bornAt !== undefined) line.bornAt = bornAt;
  if (snapshot !== undefined) {
    const { lastIncludedIndex, lastIncludedTerm, membership, state } = snapshot;
    line.snapshot = {
      lastIncludedIndex,
      lastIncludedTerm,
      membership: encodeMembership(membership),
      state: textOf(state),
    };
  }
  if (entries !== undefined && entries.length > 0) line.entries = entries.map(encodeEntry);
  if (hardState !== undefined) line.hardState = hardState;
  return Object.keys(line).length === 0 ? [] : [JSON.stringify(line)];
}

function load(path: string): Past {
  const text = readIfPresent(path);
  if (text === undefined) return {};
  const lines = text.split("\n");
  // What follows the last line end was torn, or is nothing.
  lines.pop();
  if (lines[0] !== header)
    throw new StateFileError(`${path} is not a state file of this version; remove it to start anew`);
  let past: Past = {};
  for (const [at, line] of lines.slice(1).entries()) {
    try {
      past = append(past, parse(line));
    } catch (cause) {
      throw new StateFileError(`${path}:${at + 2} is damaged; the replica's state cannot be trusted`, { cause });
    }
  }
  return past;
}

/** What a past becomes with a further line: a snapshot replaces the whole log, entries whatever stood from the first one on. */
function append(past: Past, line: Past): Past {
  const kept = line.snapshot === undefined ? (past.entries ?? []) : [];
  const added = line.entries ?? [];
  const from = added[0]?.index ?? Number.POSITIVE_INFINITY;
  const entries = [...kept.filter(({ index }) => index < from), ...added];
  const base = (line.snapshot ?? past.snapshot)?.lastIncludedIndex ?? 0;
  if (entries.some(({ index }, at) => index !== base + 1 + at)) throw new TypeError("entries are missing");
  return { ...past, ...line, entries };
}

function parse(text: string): Past {
  const line: unknown = JSON.parse(text);
  if (typeof line !== "object" || line === null || Array.isArray(line)) throw new TypeError("not an object");
  const { snapshot, entries, hardState, bornAt } = line as JsonObject;
  return {
    ...(snapshot !== undefined && { snapshot: decodeSnapshot(snapshot as JsonObject) }),
    ...(entries !== undefined && { entries: decodeEntries(entries) }),
    ...(hardState !== undefined && { hardState: decodeHardState(hardState as JsonObject) }),
    ...(typeof bornAt === "number" && { bornAt }),
  };
}

function decodeEntries(value: unknown): Entry[] {
  const entries = (value as unknown[]).map(decodeEntry).filter((entry) => entry !== undefined);
  if (entries.length !== (value as unknown[]).length) throw new TypeError("not an entry");
  return entries;
}

function decodeSnapshot({ lastIncludedIndex, lastIncludedTerm, membership, state }: JsonObject): Snapshot {
  const decoded = decodeMembership(membership);
  if (typeof lastIncludedIndex !== "number" || typeof lastIncludedTerm !== "number")
    throw new TypeError("not a snapshot");
  if (typeof state !== "string" || decoded === undefined) throw new TypeError("not a snapshot");
  return { lastIncludedIndex, lastIncludedTerm, membership: decoded, state: bytesOf(state) };
}

function decodeHardState({ currentTerm, votedFor, commitIndex }: JsonObject): HardState {
  if (typeof currentTerm !== "number" || typeof commitIndex !== "number") throw new TypeError("not a hard state");
  return { currentTerm, votedFor: typeof votedFor === "string" ? votedFor : undefined, commitIndex };
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
