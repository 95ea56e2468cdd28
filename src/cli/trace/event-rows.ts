// Turns a trace's events into the rows of the column view. Pure.
import { type Entry, type EntryCell, entryOfEvent, MessageRows } from "../../course/log/index.ts";
import type { RunState, TraceEvent } from "../../trace/index.ts";
import { invokeText, persistText, returnText, stateText, timerText } from "./event-text.ts";

/** The column in which the clients' operations stand. */
export const CLIENTS_COLUMN = "clients";

/** Makes rows, event by event. */
export class EventRows {
  readonly #rows: MessageRows;
  readonly #state: RunState;
  #heartbeats = 0;

  /** `columns`: the replicas that are shown; `state` is kept up to date by the caller, who applies each event before `add`. */
  constructor({ columns, state }: { readonly columns: readonly string[]; readonly state: RunState }) {
    this.#rows = new MessageRows(columns);
    this.#state = state;
  }

  /** Counts a heartbeat that is not shown. It takes its place among the rows, so that the right row tells of it. */
  fold({ at }: TraceEvent): readonly Entry[] {
    return this.#numbered(this.#rows.add({ at, type: HEARTBEAT, cells: [] }));
  }

  /** Takes an event; returns the rows that are finished by now. `begun` is the operation that a client-return ends. */
  add(
    event: TraceEvent,
    {
      number,
      marked,
      begun,
    }: { readonly number: number; readonly marked: boolean; readonly begun?: Begun | undefined },
  ): readonly Entry[] {
    if (event.type === "send") return this.#numbered(this.#rows.send(event, { number, marked }));
    if (event.type === "deliver" || event.type === "drop") {
      return this.#numbered(this.#rows.fate(event, { number, marked }));
    }
    const entry = entryOf(event, begun);
    return this.#numbered(this.#rows.add({ ...entry, number, ...(marked && { marked }) }));
  }

  /** The last rows. */
  end(): readonly Entry[] {
    return this.#numbered(this.#rows.end());
  }

  /** Tells the roles, and how many heartbeats were left out. */
  #numbered(entries: readonly Entry[]): readonly Entry[] {
    return entries.flatMap((entry) => {
      if (entry.type === HEARTBEAT && entry.cells.length === 0) {
        this.#heartbeats += 1;
        return [];
      }
      // A message between nodes that are not shown.
      if (entry.cells.length === 0 && entry.banner === undefined) return [];
      const cells = entry.cells.map((cell) => ({ ...cell, role: this.#state.roleOf(cell.replica) }));
      const folded = this.#heartbeats;
      this.#heartbeats = 0;
      return [folded === 0 ? { ...entry, cells } : { ...entry, cells, folded }];
    });
  }
}

const HEARTBEAT = "heartbeat";

type Begun = { readonly name: string; readonly key: string; readonly invokedAt: number };

function entryOf(event: Exclude<TraceEvent, { type: "send" | "deliver" | "drop" }>, begun: Begun | undefined): Entry {
  const { at, type } = event;
  const cell = (replica: string, text: string, tone?: EntryCell["tone"]): Entry => ({
    at,
    type,
    cells: [tone === undefined ? { replica, text } : { replica, text, tone }],
  });
  switch (event.type) {
    case "state":
      return cell(event.replica, stateText(event));
    case "timer":
      return cell(event.replica, timerText(event));
    case "persist":
      return cell(event.replica, persistText(event), isBad(event.phase) ? "error" : undefined);
    case "client-invoke":
      return cell(CLIENTS_COLUMN, invokeText(event));
    case "client-return":
      return cell(CLIENTS_COLUMN, returnText(event, begun), event.outcome === "ok" ? undefined : "lost");
    case "restart":
      return cell(event.replica, event.wiped === true ? "restart, disk wiped" : "restart", "runner");
    case "kill":
      return cell(event.replica, ["kill", event.signal, event.detail].filter(Boolean).join(" "), "runner");
    case "clock": {
      const words = [
        event.rate === undefined ? undefined : `rate ${event.rate}`,
        event.jumpMs === undefined ? undefined : `jumps ${event.jumpMs} ms`,
      ];
      return cell(event.replica, `clock ${words.filter((word) => word !== undefined).join(", ")}`, "runner");
    }
    case "annotation":
      return annotationEntry(event);
    case "violation":
      return {
        at,
        type,
        banner: `VIOLATION ${event.oracle === undefined ? "" : `(${event.oracle}) `}${event.replica === undefined ? "" : `${event.replica}: `}${event.rule}: ${event.detail}`,
        cells: [],
      };
    default:
      return entryOfEvent(event) ?? { at, type, banner: type, cells: [] };
  }
}

function isBad(phase: string): boolean {
  return phase === "failed" || phase === "lost";
}

function annotationEntry({
  at,
  type,
  text,
  detail,
  topic,
  replica,
}: Extract<TraceEvent, { type: "annotation" }>): Entry {
  const words = [topic === undefined ? undefined : `${topic}:`, text, detail === undefined ? undefined : `(${detail})`];
  const remark = words.filter((word) => word !== undefined).join(" ");
  if (replica !== undefined) return { at, type, cells: [{ replica, text: remark, tone: "runner" }] };
  return { at, type, banner: remark, cells: [] };
}
