// The entries of a whole trace, for the log of a course run. Pure.
import type { TraceEvent } from "../../trace/index.ts";
import type { Entry } from "./entries.ts";
import { MessageRows } from "./message-rows.ts";
import { logEventOf } from "./runner-events.ts";

/**
 * The entries of a trace's messages, in order of time: a broadcast is one entry; a message that took long, two. With `events`, also
 * what the merged log would tell (kills, partitions, output), for a trace without a log.
 */
export function entriesOfTrace(
  trace: readonly TraceEvent[],
  { replicas, events }: { readonly replicas: readonly string[]; readonly events: boolean },
): readonly Entry[] {
  const rows = new MessageRows(replicas);
  const entries: Entry[] = [];
  for (const event of trace) {
    if (event.type === "send") entries.push(...rows.send(event));
    else if (event.type === "deliver" || event.type === "drop") entries.push(...rows.fate(event));
    else if (events) {
      const entry = entryOfEvent(event);
      if (entry !== undefined) entries.push(...rows.add(entry));
    }
  }
  return [...entries, ...rows.end()];
}

/** The entry of an event that is no message; undefined for those that the merged log leaves out. */
export function entryOfEvent(event: TraceEvent): Entry | undefined {
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
