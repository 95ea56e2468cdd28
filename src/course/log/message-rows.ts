// Makes the entries of messages: a broadcast is one entry, and an arrival stands beside its sending when it follows at once. Pure; it
// takes event by event and holds little back, so that traces of any length pass through.
import type { DropReason, JsonValue, TraceEvent } from "../../trace/index.ts";
import type { Entry, EntryCell } from "./entries.ts";

type SendEvent = Extract<TraceEvent, { type: "send" }>;
type FateEvent = Extract<TraceEvent, { type: "deliver" | "drop" }>;

/** A receiver's cell is beside the sender's when the message arrived within this time. */
const SAME_ROW_MS = 1;

/** One entry that may still grow. */
interface Row {
  readonly at: number;
  readonly number: number | undefined;
  readonly sends: SendEvent[];
  /** By receiver: what became of the message to it. */
  readonly fates: Map<string, DropReason | "arrived">;
  /** Finished entries that wait for this one, because they come after it. */
  readonly behind: Entry[];
}

/** What this needs to know about one event beside it. */
export interface EventContext {
  readonly number?: number | undefined;
  readonly marked?: boolean;
}

/** Rows of messages, and other entries between them, in order of time. */
export class MessageRows {
  readonly #known: ReadonlySet<string>;
  readonly #rows: Row[] = [];
  /** Messages whose fate is open, and the row that waits for it. */
  readonly #underway = new Map<number, { readonly send: SendEvent; readonly row: Row }>();
  #marked: number | undefined;

  /** `replicas`: those that have columns. */
  constructor(replicas: readonly string[]) {
    this.#known = new Set(replicas);
  }

  /** Takes a sending. Returns the entries that are finished by now. */
  send(send: SendEvent, { number, marked = false }: EventContext = {}): readonly Entry[] {
    const finished = this.#finishBefore(send.at);
    if (marked) this.#marked = number;
    const last = this.#rows.at(-1);
    if (last !== undefined && continues(last, send)) {
      last.sends.push(send);
      this.#underway.set(send.id, { send, row: last });
    } else {
      const row: Row = { at: send.at, number, sends: [send], fates: new Map(), behind: [] };
      this.#rows.push(row);
      this.#underway.set(send.id, { send, row });
    }
    return finished;
  }

  /** Takes an arrival or a loss; one that comes late, or is of a second copy, is an entry of its own. */
  fate(event: FateEvent, { number, marked = false }: EventContext = {}): readonly Entry[] {
    const finished = this.#finishBefore(event.at);
    const { id, from, to, message } = event;
    const sent = this.#underway.get(id);
    this.#underway.delete(id);
    const inTime = sent !== undefined && this.#rows.includes(sent.row) && event.at - sent.send.at <= SAME_ROW_MS;
    if (inTime && !marked && !sent.row.fates.has(to)) {
      sent.row.fates.set(to, event.type === "deliver" ? "arrived" : event.reason);
      return finished;
    }
    const cell = this.#known.has(to) ? lateCell(event, sent?.send) : undefined;
    const entry: Entry = {
      at: event.at,
      type: message,
      cells: cell === undefined ? [] : [cell],
      ...named(number, marked),
    };
    if (cell === undefined && event.type === "drop" && this.#known.has(from)) {
      const lost: EntryCell = { replica: from, text: `✗ ${message} →${to} (${event.reason})`, tone: "lost" };
      return [...finished, ...this.add({ ...entry, cells: [lost] })];
    }
    return [...finished, ...this.add(entry)];
  }

  /** Puts an entry of another kind in its place. */
  add(entry: Entry): readonly Entry[] {
    const finished = this.#finishBefore(entry.at);
    const last = this.#rows.at(-1);
    if (last === undefined) return [...finished, entry];
    last.behind.push(entry);
    return finished;
  }

  /** The entries that were still waiting. */
  end(): readonly Entry[] {
    return this.#finishBefore(Number.POSITIVE_INFINITY);
  }

  /** Rows to which nothing can be added any more at this time. */
  #finishBefore(now: number): readonly Entry[] {
    const entries: Entry[] = [];
    while (this.#rows[0] !== undefined && now - this.#rows[0].at > 2 * SAME_ROW_MS) {
      const row = this.#rows.shift();
      if (row !== undefined) entries.push(this.#entryOf(row), ...row.behind);
    }
    return entries;
  }

  #entryOf({ at, number, sends, fates }: Row): Entry {
    const { from = "", message = "", body, summary } = sends[0] ?? {};
    const note = noteOf(body, summary);
    const cells: EntryCell[] = [];
    if (this.#known.has(from)) {
      cells.push({ replica: from, text: `${message} →${receivers(sends, this.#known)}${note}` });
    }
    const sender = this.#known.has(from) ? "" : ` ${from}`;
    for (const { to } of sends) {
      const fate = fates.get(to);
      if (!this.#known.has(to) || fate === undefined) continue;
      if (fate === "arrived") {
        cells.push({ replica: to, text: `← ${message}${sender}${this.#known.has(from) ? requestMark(body) : note}` });
      } else {
        cells.push({ replica: to, text: `✗ ${message} (${fate})`, tone: "lost" });
      }
    }
    return { at, type: message, cells, ...named(number, number !== undefined && number === this.#marked) };
  }
}

function named(number: number | undefined, marked: boolean): { number?: number; marked?: boolean } {
  return { ...(number !== undefined && { number }), ...(marked && { marked }) };
}

/** Whether a send belongs to the broadcast of the last row. */
function continues({ sends, fates, behind }: Row, next: SendEvent): boolean {
  const [first] = sends;
  return (
    first !== undefined &&
    behind.length === 0 &&
    first.from === next.from &&
    first.message === next.message &&
    next.at - first.at < SAME_ROW_MS &&
    !fates.has(next.to) &&
    sends.every(({ to }) => to !== next.to)
  );
}

function lateCell(event: FateEvent, sent: SendEvent | undefined): EntryCell {
  const { from, to: replica, message } = event;
  if (event.type === "drop") return { replica, text: `✗ ${message} ${from} (${event.reason})`, tone: "lost" };
  return { replica, text: `← ${message} ${from}${sent === undefined ? "" : noteOf(sent.body, sent.summary)}` };
}

/** What a message says beside its type. */
function noteOf(body: JsonValue | undefined, summary: string | undefined): string {
  return `${requestMark(body)}${summary === undefined ? "" : `: ${summary}`}`;
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
