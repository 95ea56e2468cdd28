// Reads the events of a trace that a filter lets pass, with what viewers need beside each.
import { RunState, type TraceEvent } from "../../trace/index.ts";
import { ConfigError } from "../flags.ts";
import { readTrace } from "./open-trace.ts";
import { type PrintFilter, PrintSelector } from "./print-filter.ts";

/** An event and what is known at it. */
export interface SelectedEvent {
  readonly event: TraceEvent;
  /** The run after the event. It goes on changing: look at it at once. */
  readonly state: RunState;
  /** Of a client-return: the operation that it ends. */
  readonly begun: ReturnType<RunState["openOperation"]>;
}

/** Yields the run event, then all that pass the filter. Throws ConfigError as readTrace does, and for an unknown node. */
export async function* selectedEvents(file: string, filter: PrintFilter): AsyncGenerator<SelectedEvent> {
  const selector = new PrintSelector(filter);
  const state = new RunState();
  const { toMs = Number.POSITIVE_INFINITY } = filter;
  for await (const items of readTrace(file)) {
    for (const item of items) {
      if (item.kind !== "event") continue;
      const { event } = item;
      if (event.at > toMs) return;
      if (event.type === "run") requireNodes(filter.nodes, [...event.replicas, ...event.clients]);
      const begun = event.type === "client-return" ? state.openOperation(event.operation) : undefined;
      state.apply(event);
      if (selector.judge(event, state) === "print" || event.type === "run") yield { event, state, begun };
    }
  }
}

/** Refuses ids that a trace does not have. */
export function requireNodes(asked: readonly string[] | undefined, known: readonly string[]): void {
  const unknown = asked?.find((id) => !known.includes(id));
  if (unknown !== undefined) throw new ConfigError(`--node ${unknown}: the trace has ${known.join(", ")}`);
}
