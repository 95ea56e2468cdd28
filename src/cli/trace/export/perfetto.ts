// A trace in the Trace Event Format (JSON), which Perfetto and Chrome's tracing page show. Pure. Times are in µs there.
import type { RunState, SendEvent, TraceEvent } from "../../../trace/index.ts";
import { operationText, persistText, stateText, timerText } from "../event-text.ts";
import type { SelectedEvent } from "../selected-events.ts";
import type { Exporter } from "./exporter.ts";
import { RecentMessages } from "./recent-messages.ts";

/** The tracks of a replica's process. */
const TRACKS = { role: 1, messages: 2, events: 3 } as const;

/** Slices of messages are as short as can be: they only carry the ends of arrows. */
const MESSAGE_US = 1;

/** One line of the format; `ph` says what it is. */
type TraceLine = Readonly<Record<string, unknown>> & { readonly ph: string };

interface RoleSlice {
  readonly name: string;
  readonly since: number;
}

/**
 * Replicas become processes with three tracks: the role as slices, messages as slices with arrows from sending to arrival, and all
 * else. Commit and applied index are counters. Clients are the threads of one more process, their operations slices.
 */
export class PerfettoExporter implements Exporter {
  readonly #pids = new Map<string, number>();
  readonly #clients = new Set<string>();
  readonly #roles = new Map<string, RoleSlice>();
  /** By process: when the last slice of the message track ends. Slices of a track must not overlap. */
  readonly #messagesUntil = new Map<number, number>();
  /** Where the slices of messages that may still arrive begin. */
  readonly #sentAt = new RecentMessages<number>();
  readonly #lanes = new Map<string, Lane[]>();
  readonly #operations = new Map<number, { readonly lane: Lane; readonly name: string; readonly since: number }>();
  #lanesMade = 0;
  #isFirst = true;
  #at = 0;

  add(selected: SelectedEvent): string {
    const { event, state } = selected;
    this.#at = micros(event.at);
    if (event.type === "run") return this.#begin(event);
    return this.#lines([...this.#linesOf(selected), ...this.#roleLines(event, state)]);
  }

  end(): string {
    const roles = [...this.#roles].map(([replica, slice]) => this.#roleSlice(replica, slice));
    const open = [...this.#operations.keys()].flatMap((operation) => this.#endOperation(operation, "open"));
    return `${this.#lines([...roles, ...open])}\n]}\n`;
  }

  #begin({ replicas, clients, name, seed, producer }: Extract<TraceEvent, { type: "run" }>): string {
    for (const id of clients) this.#clients.add(id);
    const processes = replicas.flatMap((id) => this.#introduce(id));
    if (clients.length > 0) processes.push(metadata("process_name", { pid: this.#clientsPid }, "clients"));
    const other = JSON.stringify({ name, seed, producer });
    return `{"displayTimeUnit":"ms","otherData":${other},"traceEvents":[${this.#lines(processes)}`;
  }

  get #clientsPid(): number {
    return 1_000_000;
  }

  #introduce(id: string): TraceLine[] {
    const pid = this.#pids.size + 1;
    this.#pids.set(id, pid);
    const tracks = Object.entries(TRACKS).map(([track, tid]) => metadata("thread_name", { pid, tid }, track));
    const order = { ph: "M", name: "process_sort_index", pid, args: { sort_index: pid } };
    return [metadata("process_name", { pid }, id), order, ...tracks];
  }

  #linesOf({ event, begun }: SelectedEvent): readonly TraceLine[] {
    switch (event.type) {
      case "send":
        return this.#message(event, event.from, `${event.message} →${event.to}`);
      case "deliver":
        return this.#message(event, event.to, `← ${event.message} ${event.from}`);
      case "drop":
        return this.#instant(event.to, `✗ ${event.message} ${event.from} (${event.reason})`);
      case "client-invoke":
        return this.#beginOperation(event);
      case "client-return":
        return begun === undefined ? [] : this.#endOperation(event.operation, event.outcome);
      case "state":
        return [...this.#instant(event.replica, stateText(event)), ...this.#counters(event)];
      case "timer":
        return this.#instant(event.replica, timerText(event));
      case "persist":
        return this.#instant(event.replica, persistText(event));
      case "partition":
        return [this.#global(`partition ${event.groups.map((group) => group.join(" ")).join(" | ")}`)];
      case "heal":
        return [this.#global("heal")];
      case "violation":
        return [this.#global(`VIOLATION ${event.rule}: ${event.detail}`)];
      case "annotation":
      case "replica-output":
        return event.replica === undefined ? [this.#global(event.text)] : this.#instant(event.replica, event.text);
      case "run":
        return [];
      default:
        return this.#instant(event.replica, event.type);
    }
  }

  /** A short slice at one end of a message's way, and that end of its arrow inside it. */
  #message(event: SendEvent | Extract<TraceEvent, { type: "deliver" }>, at: string, name: string): TraceLine[] {
    const pid = this.#pids.get(at);
    if (pid === undefined) return [];
    // A crowded track moves its slices by some µs; an arrival must not come to stand before its sending for that.
    const ts = Math.max(this.#at, this.#messagesUntil.get(pid) ?? 0, this.#sentAt.get(event.id) ?? 0);
    this.#messagesUntil.set(pid, ts + MESSAGE_US);
    if (event.type === "send") this.#sentAt.set(event.id, ts);
    const place = { pid, tid: TRACKS.messages, ts, cat: "message" };
    const summary = event.type === "send" && event.summary !== undefined ? { summary: event.summary } : {};
    const slice = { ph: "X", name, dur: MESSAGE_US, ...place, args: { id: event.id, ...summary } };
    const arrow = { name: event.message, id: event.id, ...place };
    return [slice, event.type === "send" ? { ph: "s", ...arrow } : { ph: "f", bp: "e", ...arrow }];
  }

  #instant(replica: string, name: string): TraceLine[] {
    const pid = this.#pids.get(replica);
    return pid === undefined ? [] : [{ ph: "i", s: "t", name, pid, tid: TRACKS.events, ts: this.#at }];
  }

  #global(name: string): TraceLine {
    return { ph: "i", s: "g", name, pid: this.#pids.values().next().value ?? 1, tid: TRACKS.events, ts: this.#at };
  }

  #counters({ replica, commitIndex, lastApplied }: Extract<TraceEvent, { type: "state" }>): TraceLine[] {
    const pid = this.#pids.get(replica);
    if (pid === undefined) return [];
    return Object.entries({ commitIndex, lastApplied }).flatMap(([name, value]) =>
      value === undefined ? [] : [{ ph: "C", name, pid, tid: TRACKS.events, ts: this.#at, args: { [name]: value } }],
    );
  }

  /** The end of a replica's slice, when its role or term has become another. */
  #roleLines(event: TraceEvent, state: RunState): readonly TraceLine[] {
    if (!("replica" in event) || event.replica === undefined || !this.#pids.has(event.replica)) return [];
    const { replica } = event;
    const [role, term] = [state.roleOf(replica), state.termOf(replica)];
    if (role === undefined) return [];
    const name = term === undefined ? role : `${role} t${term}`;
    const current = this.#roles.get(replica);
    if (current?.name === name) return [];
    this.#roles.set(replica, { name, since: this.#at });
    return current === undefined ? [] : [this.#roleSlice(replica, current)];
  }

  #roleSlice(replica: string, { name, since }: RoleSlice): TraceLine {
    const pid = this.#pids.get(replica) ?? 0;
    return { ph: "X", cat: "role", name, pid, tid: TRACKS.role, ts: since, dur: this.#at - since };
  }

  #beginOperation(event: Extract<TraceEvent, { type: "client-invoke" }>): readonly TraceLine[] {
    const { client, operation } = event;
    const lanes = this.#lanes.get(client) ?? [];
    this.#lanes.set(client, lanes);
    const free = lanes.find((lane) => !lane.isBusy);
    const lane = free ?? { tid: ++this.#lanesMade, isBusy: true };
    lane.isBusy = true;
    this.#operations.set(operation, { lane, name: operationText(event), since: this.#at });
    if (free !== undefined) return [];
    lanes.push(lane);
    return [metadata("thread_name", { pid: this.#clientsPid, tid: lane.tid }, client)];
  }

  #endOperation(operation: number, outcome: string): TraceLine[] {
    const begun = this.#operations.get(operation);
    if (begun === undefined) return [];
    this.#operations.delete(operation);
    const { lane, name, since } = begun;
    lane.isBusy = false;
    const place = { pid: this.#clientsPid, tid: lane.tid, ts: since, dur: this.#at - since };
    return [{ ph: "X", cat: "operation", name, ...place, args: { operation, outcome } }];
  }

  #lines(lines: readonly TraceLine[]): string {
    return lines
      .map((line) => {
        const before = this.#isFirst ? "\n" : ",\n";
        this.#isFirst = false;
        return before + JSON.stringify(line);
      })
      .join("");
  }
}

/** A track on which a client's operations do not overlap. */
interface Lane {
  readonly tid: number;
  isBusy: boolean;
}

function metadata(kind: string, place: { readonly pid: number; readonly tid?: number }, name: string): TraceLine {
  return { ph: "M", name: kind, ...place, args: { name } };
}

/** Whole µs: the viewers' own unit. */
function micros(ms: number): number {
  return Math.round(ms * 1000);
}
