// What the runner does to the replicas, as entries of the merged log. Pure.

import type { TraceEvent } from "../../trace/index.ts";
import type { LogRole } from "./log-line.ts";

/** Something that the runner did or saw. */
export interface LogEvent {
  /** One word, by which `keelson course log --type` finds it: "kill", "partition", "heal", ... */
  readonly type: string;
  /** The details; empty when the type says it all. */
  readonly text: string;
  /** In ms since the run began. */
  readonly at: number;
  /** Whom it is about, if it is about one, and that replica's role from now on. */
  readonly about?: { readonly replica: string; readonly role: LogRole };
}

/** The log's entry for an event of the trace; undefined for those that the log leaves out: messages, operations, output. */
export function logEventOf(event: TraceEvent): LogEvent | undefined {
  const { at, type } = event;
  switch (event.type) {
    case "run":
      return { at, type, text: `${event.name} seed ${event.seed}` };
    case "kill":
      return { at, type, text: event.signal ?? "", about: { replica: event.replica, role: "dead" } };
    case "crash":
      return { at, type, text: event.detail, about: { replica: event.replica, role: "dead" } };
    case "restart":
    case "resume":
      return { at, type, text: "", about: { replica: event.replica, role: "follower" } };
    case "pause":
      return { at, type, text: "", about: { replica: event.replica, role: "paused" } };
    case "partition":
      return { at, type, text: partitionText(event) };
    case "heal":
      return { at, type, text: "" };
    case "state":
      return event.role === "leader"
        ? { at, type: "leader", text: "", about: { replica: event.replica, role: "leader" } }
        : undefined;
    case "annotation":
      return { at, type: "remark", text: withReplica(event.text, event.replica) };
    case "violation":
      return { at, type, text: withReplica(`${event.rule}: ${event.detail}`, event.replica) };
    default:
      return undefined;
  }
}

function partitionText({ groups, oneWay = [] }: Extract<TraceEvent, { type: "partition" }>): string {
  const sides = groups.map((group) => group.join(" ")).join(" | ");
  const links = oneWay.map(({ from, to }) => `${from} cannot reach ${to}`);
  return [sides, ...links].join(", ");
}

function withReplica(text: string, replica: string | undefined): string {
  return replica === undefined ? text : `${replica}: ${text}`;
}
