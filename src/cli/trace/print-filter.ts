// Which events of a trace are printed. Pure.
import { Heartbeats, type RunState, type SendEvent, type TraceEvent } from "../../trace/index.ts";

/** What to print; undefined fields let everything pass. */
export interface PrintFilter {
  readonly nodes?: readonly string[] | undefined;
  /** Kinds of events, or types of messages. */
  readonly types?: readonly string[] | undefined;
  /** Types of messages alone. */
  readonly messages?: readonly string[] | undefined;
  readonly terms?: { readonly from: number; readonly to: number } | undefined;
  readonly keys?: readonly string[] | undefined;
  /** In ms since the run began, both included. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Also what is quiet: heartbeats, timers that are set, writes that begin. */
  readonly all: boolean;
}

/** "heartbeat": it would be printed, but is only counted. */
export type Verdict = "print" | "heartbeat" | "hide";

interface Sent {
  readonly send: SendEvent;
  /** A heartbeat, or the answer to one. */
  readonly isQuiet: boolean;
}

/** Decides event by event; it remembers which messages and operations belong to what was asked for. */
export class PrintSelector {
  readonly #filter: PrintFilter;
  /** Messages under way, for what their later fates do not say themselves. */
  readonly #sends = new Map<number, Sent>();
  readonly #heartbeats = new Heartbeats();
  /** Operations on the keys that were asked for. */
  readonly #operations = new Set<number>();
  /** Requests about them, by the id that their messages carry. */
  readonly #requests = new Set<string>();

  constructor(filter: PrintFilter) {
    this.#filter = filter;
  }

  /** Judges the next event; `state` is what the run looks like after it. */
  judge(event: TraceEvent, state: RunState): Verdict {
    const sent = this.#sendOf(event);
    const { fromMs = 0, toMs = Number.POSITIVE_INFINITY } = this.#filter;
    // Keys are followed from the start, so this comes before the time.
    const passes = this.#passesKeys(event, sent) && this.#passesRest(event, { sent, state });
    if (!passes || event.at < fromMs || event.at > toMs) return "hide";
    return this.#volume(event, sent);
  }

  #sendOf(event: TraceEvent): Sent | undefined {
    if (event.type === "send") {
      const sent = { send: event, isQuiet: this.#heartbeats.isQuiet(event) };
      this.#sends.set(event.id, sent);
      return sent;
    }
    if (event.type !== "deliver" && event.type !== "drop") return undefined;
    const sent = this.#sends.get(event.id);
    this.#sends.delete(event.id);
    return sent;
  }

  #passesRest(
    event: TraceEvent,
    { sent, state }: { readonly sent: Sent | undefined; readonly state: RunState },
  ): boolean {
    const { nodes, types, messages, terms } = this.#filter;
    const message = "message" in event ? event.message : undefined;
    if (types !== undefined && !types.includes(event.type) && (message === undefined || !types.includes(message))) {
      return false;
    }
    if (messages !== undefined && (message === undefined || !messages.includes(message))) return false;
    if (nodes !== undefined && !isAbout(event, nodes)) return false;
    if (terms === undefined) return true;
    const term = termOf(event, { sent, state });
    return term !== undefined && term >= terms.from && term <= terms.to;
  }

  #passesKeys(event: TraceEvent, sent: Sent | undefined): boolean {
    const { keys } = this.#filter;
    if (keys === undefined) return true;
    switch (event.type) {
      case "client-invoke":
        if (!keys.includes(event.key)) return false;
        this.#operations.add(event.operation);
        return true;
      case "client-return":
        return this.#operations.has(event.operation);
      case "send":
      case "deliver":
      case "drop":
        return sent !== undefined && this.#isAboutKeys(sent.send, keys);
      case "state":
        return (event.log ?? []).some(
          (change) =>
            change.kind === "append" &&
            change.entries.some(
              ({ key, operation }) =>
                (key !== undefined && keys.includes(key)) ||
                (operation !== undefined && this.#operations.has(operation)),
            ),
        );
      default:
        return false;
    }
  }

  #isAboutKeys({ operation, body }: SendEvent, keys: readonly string[]): boolean {
    if (operation !== undefined && this.#operations.has(operation)) return true;
    if (typeof body !== "object" || body === null || Array.isArray(body)) return false;
    const fields = new Map(Object.entries(body));
    const [key, request] = [fields.get("key"), fields.get("MID")];
    if (typeof key === "string" && keys.includes(key)) {
      if (typeof request === "string") this.#requests.add(request);
      return true;
    }
    return typeof request === "string" && this.#requests.has(request);
  }

  #volume(event: TraceEvent, sent: Sent | undefined): Verdict {
    const { all, types = [], messages = [] } = this.#filter;
    if (all || event.type === "run") return "print";
    if (sent?.isQuiet === true) return messages.includes(sent.send.message) ? "print" : "heartbeat";
    if (types.includes(event.type)) return "print";
    if (event.type === "timer") return event.action === "fire" && event.timer !== "heartbeat" ? "print" : "hide";
    if (event.type === "persist") return event.phase === "start" ? "hide" : "print";
    return event.type === "state" && isOnlyProgress(event) ? "hide" : "print";
  }
}

/** A leader's knowledge of its followers changes with every answer: that alone is not worth a row. */
function isOnlyProgress(event: Extract<TraceEvent, { type: "state" }>): boolean {
  const told = Object.keys(event).filter((name) => !["type", "at", "replica", "progress"].includes(name));
  return told.length === 0 && event.progress !== undefined;
}

function isAbout(event: TraceEvent, nodes: readonly string[]): boolean {
  if ("from" in event) return nodes.includes(event.from) || nodes.includes(event.to);
  if ("client" in event) return nodes.includes(event.client);
  // What concerns the whole run concerns everybody.
  return !("replica" in event) || event.replica === undefined || nodes.includes(event.replica);
}

/** The term that an event is about: that of the message, or else the one that its sender or its replica has. */
function termOf(
  event: TraceEvent,
  { sent, state }: { readonly sent: Sent | undefined; readonly state: RunState },
): number | undefined {
  if (sent !== undefined) return sent.send.term ?? termInBody(sent.send) ?? state.termOf(sent.send.from);
  if ("replica" in event && event.replica !== undefined && event.type !== "client-return") {
    return state.termOf(event.replica);
  }
  return undefined;
}

function termInBody({ body }: SendEvent): number | undefined {
  if (typeof body !== "object" || body === null || !("term" in body)) return undefined;
  return typeof body.term === "number" ? body.term : undefined;
}
