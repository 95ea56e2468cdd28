// What a replica must find again after a restart, as lines of JSON in one file of its own directory. A course run kills processes, never
// the machine, so what has been handed to the operating system survives: no sync is needed, and a torn last line is all that can break.
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Entry, HardState, InitialState, Ready, Snapshot } from "../../raft/index.ts";
import type { JsonObject } from "../protocol.ts";
import { bytesOf, textOf } from "./ascii-json.ts";
import { decodeEntry, decodeMembership, encodeEntry, encodeMembership } from "./raft-codec.ts";

const header = '{"keelson":"course-state","version":1}';

type Restored = Omit<InitialState, "membership">;

/** Thrown when the file is not one of ours, or is damaged before its last line. */
export class StateFileError extends Error {
  override readonly name = "StateFileError";
}

/** The durable past of one replica. */
export class StateFile {
  readonly #descriptor: number;
  /** The past that was found; empty at the first start. */
  readonly restored: Restored;

  /** Opens (or creates) `directory`/state.jsonl. Throws StateFileError when it cannot be understood. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    const path = join(directory, "state.jsonl");
    this.restored = load(path);
    // Rewritten at each start: the torn line goes, and replaced entries with it.
    const fresh = `${path}.new`;
    const lines = [header, ...encode(this.restored)];
    const descriptor = openSync(fresh, "w");
    writeSync(descriptor, `${lines.join("\n")}\n`);
    closeSync(descriptor);
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
    writeSync(this.#descriptor, `${lines.join("\n")}\n`);
  }
}

/** One line holds all that belongs together, so that a torn write loses all of it or nothing. */
function encode({ snapshot, entries, hardState }: Restored): string[] {
  const line: Record<string, unknown> = {};
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

function load(path: string): Restored {
  const text = readIfPresent(path);
  if (text === undefined) return {};
  const lines = text.split("\n");
  // What follows the last line end was torn, or is nothing.
  lines.pop();
  if (lines[0] !== header)
    throw new StateFileError(`${path} is not a state file of this version; remove it to start anew`);
  let snapshot: Snapshot | undefined;
  let entries: Entry[] = [];
  let hardState: HardState | undefined;
  for (const [at, line] of lines.slice(1).entries()) {
    const saved = parse(line, `${path}:${at + 2}`);
    if (saved.snapshot !== undefined) {
      snapshot = saved.snapshot;
      entries = [];
    }
    const [first] = saved.entries;
    if (first !== undefined) entries = [...entries.filter((entry) => entry.index < first.index), ...saved.entries];
    hardState = saved.hardState ?? hardState;
  }
  return { ...(snapshot !== undefined && { snapshot }), ...(hardState !== undefined && { hardState }), entries };
}

function parse(line: string, place: string): { snapshot?: Snapshot; entries: Entry[]; hardState?: HardState } {
  try {
    const { snapshot, entries = [], hardState } = JSON.parse(line) as JsonObject;
    const decoded = (entries as unknown[]).map((entry) => {
      const result = decodeEntry(entry);
      if (result === undefined) throw new TypeError("not an entry");
      return result;
    });
    return {
      entries: decoded,
      ...(snapshot !== undefined && { snapshot: decodeSnapshot(snapshot as JsonObject) }),
      ...(hardState !== undefined && { hardState: decodeHardState(hardState as JsonObject) }),
    };
  } catch (cause) {
    throw new StateFileError(`${place} is damaged; the replica's state cannot be trusted`, { cause });
  }
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
