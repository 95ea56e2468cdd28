// What the column view shows: one entry for each thing that happened, made from the merged log's lines and the trace's events. Pure.

import type { DropReason, JsonValue, TraceEvent } from "../../trace/index.ts";
import type { LogLine, LogRole } from "./log-line.ts";
import { logEventOf } from "./runner-events.ts";

/** What one entry writes into one replica's column. */
export interface EntryCell {
  readonly replica: string;
  readonly text: string;
  /** Undefined: unchanged since the replica's last cell. */
  readonly role?: LogRole | undefined;
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
}

/** The entry of one line of the merged log. */
export function entryOfLine({ at, replica, role, source, text }: LogLine): Entry {
  const type = source === "run" ? (text.split(" ", 1)[0] ?? "run") : source;
  if (replica === undefined) return { at, type, banner: text, cells: [] };
  if (source === "out") return { at, type, cells: [{ replica, role, text }] };
  return { at, type, cells: [{ replica, role, text, tone: source === "err" ? "error" : "runner" }] };
}

/** A receiver's cell is beside the sender's when the message arrived within this time. */
const SAME_ROW_MS = 1;

/**
 * The entries of a trace's messages, in order of time: a broadcast is one entry; a message that took long, two. With `events`, also
 * what the merged log would tell (kills, partitions, output), for a trace without a log.
 */
export function entriesOfTrace(
  trace: readonly TraceEvent[],
  { replicas, events }: { readonly replicas: readonly string[]; readonly events: boolean },
): readonly Entry[] {
  const known = new Set(replicas);
  const fates = fatesOf(trace);
  const entries: Entry[] = [];
  let sends: SendGroup | undefined;
  for (const event of trace) {
    if (event.type === "send") {
      if (sends !== undefined && continues(sends, event)) {
        sends.events.push(event);
      } else {
        if (sends !== undefined) entries.push(entryOfSends(sends.events, { fates, known }));
        sends = { events: [event] };
      }
    } else if (event.type === "deliver") {
      if (fates.get(event.id)?.late.includes(event)) entries.push(entryOfLateArrival(event, known));
    } else if (events) {
      const entry = entryOfEvent(event);
      if (entry !== undefined) entries.push(entry);
    }
  }
  if (sends !== undefined) entries.push(entryOfSends(sends.events, { fates, known }));
  return inOrderOfTime(entries);
}

/** Entries of several sources in order of time; equal times keep the order in which they are given. */
export function inOrderOfTime(entries: readonly Entry[]): readonly Entry[] {
  return [...entries].sort((left, right) => left.at - right.at);
}

type SendEvent = Extract<TraceEvent, { type: "send" }>;
type DeliverEvent = Extract<TraceEvent, { type: "deliver" }>;

interface SendGroup {
  readonly events: SendEvent[];
}

/** What became of one send: arrivals within the same row, later ones, and a loss. */
interface Fate {
  readonly sentAt: number;
  arrived: boolean;
  readonly late: DeliverEvent[];
  lost: DropReason | undefined;
}

function fatesOf(trace: readonly TraceEvent[]): ReadonlyMap<number, Fate> {
  const fates = new Map<number, Fate>();
  for (const event of trace) {
    if (event.type === "send") {
      fates.set(event.id, { sentAt: event.at, arrived: false, late: [], lost: undefined });
    } else if (event.type === "deliver") {
      const fate = fates.get(event.id);
      if (fate === undefined) continue;
      if (event.at - fate.sentAt <= SAME_ROW_MS && !fate.arrived) fate.arrived = true;
      else fate.late.push(event);
    } else if (event.type === "drop") {
      const fate = fates.get(event.id);
      if (fate !== undefined) fate.lost = event.reason;
    }
  }
  return fates;
}

/** Whether a send belongs to the same broadcast. */
function continues({ events }: SendGroup, next: SendEvent): boolean {
  const first = events[0];
  return (
    first !== undefined &&
    first.from === next.from &&
    first.message === next.message &&
    next.at - first.at < SAME_ROW_MS &&
    events.every(({ to }) => to !== next.to)
  );
}

function entryOfSends(
  sends: readonly SendEvent[],
  { fates, known }: { readonly fates: ReadonlyMap<number, Fate>; readonly known: ReadonlySet<string> },
): Entry {
  const { at = 0, from = "", message = "", body } = sends[0] ?? {};
  const request = requestMark(body);
  const cells: EntryCell[] = [];
  if (known.has(from)) cells.push({ replica: from, text: `${message} →${receivers(sends, known)}${request}` });
  const sender = known.has(from) ? "" : ` ${from}`;
  for (const { id, to } of sends) {
    const fate = fates.get(id);
    if (!known.has(to)) continue;
    if (fate?.lost !== undefined) cells.push({ replica: to, text: `✗ ${message} (${fate.lost})`, tone: "lost" });
    else if (fate?.arrived === true) cells.push({ replica: to, text: `← ${message}${sender}${request}` });
  }
  return { at, type: message, cells };
}

/** The beginning of the MID that tells which request a client's message is, or an answer is to; empty for other messages. */
function requestMark(body: JsonValue | undefined): string {
  if (typeof body !== "object" || body === null || !("MID" in body)) return "";
  return typeof body.MID === "string" ? ` #${body.MID.slice(0, 4)}` : "";
}

function receivers(sends: readonly SendEvent[], known: ReadonlySet<string>): string {
  const others = known.size - 1;
  return others > 1 && sends.length === others ? "all" : sends.map(({ to }) => to).join(" ");
}

function entryOfLateArrival({ at, from, to, message }: DeliverEvent, known: ReadonlySet<string>): Entry {
  return { at, type: message, cells: known.has(to) ? [{ replica: to, text: `← ${message} ${from}` }] : [] };
}

function entryOfEvent(event: TraceEvent): Entry | undefined {
  if (event.type === "replica-output") {
    const error = event.stream === "stderr";
    const cell = { replica: event.replica, text: event.text };
    return { at: event.at, type: error ? "err" : "out", cells: [error ? { ...cell, tone: "error" } : cell] };
  }
  const told = logEventOf(event);
  if (told === undefined) return undefined;
  const { at, type, about } = told;
  const text = told.text === "" ? type : `${type} ${told.text}`;
  return about === undefined
    ? { at, type, banner: text, cells: [] }
    : { at, type, cells: [{ ...about, text, tone: "runner" }] };
}
