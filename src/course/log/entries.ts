// What the column view shows: one entry for each thing that happened. Pure.
import type { TraceRole } from "../../trace/index.ts";
import type { LogLine, LogRole } from "./log-line.ts";

/** A replica's part, as the merged log or a trace tells it. */
export type EntryRole = LogRole | TraceRole;

/** What one entry writes into one replica's column. */
export interface EntryCell {
  readonly replica: string;
  readonly text: string;
  /** Undefined: unchanged since the replica's last cell. */
  readonly role?: EntryRole | undefined;
  /** Why the text stands out, if it does. */
  readonly tone?: "error" | "lost" | "runner";
}

/** One thing that happened. */
export interface Entry {
  /** In ms since the run began. */
  readonly at: number;
  /** What `--type` selects by: a message's type, "out", "err", or a kind of event such as "kill". */
  readonly type: string;
  /** Entries of the whole run have no cells, but this text across all columns. */
  readonly banner?: string;
  readonly cells: readonly EntryCell[];
  /** Of a trace's event: its number. */
  readonly number?: number;
  /** How many heartbeats are left out before it. */
  readonly folded?: number;
  /** The reader asked for this very one. */
  readonly marked?: boolean;
}

/** The entry of one line of the merged log. */
export function entryOfLine({ at, replica, role, source, text }: LogLine): Entry {
  const type = source === "run" ? (text.split(" ", 1)[0] ?? "run") : source;
  if (replica === undefined) return { at, type, banner: text, cells: [] };
  if (source === "out") return { at, type, cells: [{ replica, role, text }] };
  return { at, type, cells: [{ replica, role, text, tone: source === "err" ? "error" : "runner" }] };
}

/** Entries of several sources in order of time; equal times keep the order in which they are given. */
export function inOrderOfTime(entries: readonly Entry[]): readonly Entry[] {
  return [...entries].sort((left, right) => left.at - right.at);
}
