// Counts what happens in a trace. Pure.
import { Heartbeats, type RunEvent, RunState, type SendEvent, type TraceEvent } from "../../trace/index.ts";

/** Sent, arrived and lost messages; a duplicated one arrives more often than it is sent. */
export interface MessageCounts {
  sent: number;
  delivered: number;
  dropped: number;
}

/** One uninterrupted time in which a replica was the leader; pauses do not interrupt it. */
export interface Reign {
  readonly replica: string;
  /** Undefined when the trace tells no terms. */
  readonly term: number | undefined;
  readonly fromMs: number;
  /** Undefined: until the end of the trace. */
  toMs: number | undefined;
}

/** What became of the operations of one name. */
export interface OperationCounts {
  readonly ok: number;
  readonly fail: number;
  readonly unknown: number;
  /** Without an end in the trace: of unknown outcome, too. */
  readonly open: number;
  /** Of those that ended ok, in ms; undefined when there are none. */
  readonly latencyMs: LatencySummary | undefined;
}

/** How long operations took, in ms. */
export interface LatencySummary {
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Everything that `keelson trace stats` tells. */
export interface TraceStatistics {
  readonly run: Omit<RunEvent, "type" | "at" | "config"> | undefined;
  readonly events: number;
  readonly durationMs: number;
  /** In a second of the run's time. */
  readonly eventsPerSecond: number;
  readonly types: Readonly<Record<string, number>>;
  readonly messages: MessageCounts & { readonly heartbeats: number; readonly bytes: number };
  readonly messageTypes: Readonly<Record<string, MessageCounts>>;
  /** By link, as "from/to". */
  readonly links: Readonly<Record<string, MessageCounts>>;
  readonly drops: Readonly<Record<string, number>>;
  /** How often a replica stood for election, pre-votes not counted. */
  readonly elections: number;
  readonly preElections: number;
  readonly highestTerm: number | undefined;
  readonly leaders: readonly Reign[];
  readonly operations: Readonly<Record<string, OperationCounts>>;
  readonly violations: readonly { readonly atMs: number; readonly rule: string; readonly detail: string }[];
}

interface Operations {
  ok: number;
  fail: number;
  unknown: number;
  begun: number;
  readonly latencies: number[];
}

/** Takes events one by one. */
export class StatisticsCounter {
  readonly #state = new RunState();
  readonly #heartbeats = new Heartbeats();
  readonly #types = new Map<string, number>();
  readonly #messageTypes = new Map<string, MessageCounts>();
  readonly #links = new Map<string, MessageCounts>();
  readonly #drops = new Map<string, number>();
  readonly #operations = new Map<string, Operations>();
  readonly #reigns: Reign[] = [];
  readonly #violations: TraceStatistics["violations"][number][] = [];
  readonly #messages = { sent: 0, delivered: 0, dropped: 0, heartbeats: 0, bytes: 0 };
  #run: RunEvent | undefined;
  #elections = 0;
  #preElections = 0;
  #highestTerm: number | undefined;
  #at = 0;
  #events = 0;

  /** Takes the next event; `number` counts those of unknown kinds, too. */
  add(event: TraceEvent, number: number): void {
    this.#at = event.at;
    this.#events = number;
    increase(this.#types, event.type);
    const begun = event.type === "client-return" ? this.#state.openOperation(event.operation) : undefined;
    this.#state.apply(event);
    switch (event.type) {
      case "run":
        this.#run = event;
        return;
      case "send":
        return this.#send(event);
      case "deliver":
        return this.#fate(event, "delivered");
      case "drop":
        increase(this.#drops, event.reason);
        return this.#fate(event, "dropped");
      case "client-invoke":
        this.#operationsOf(event.name).begun += 1;
        return;
      case "client-return": {
        const operations = this.#operationsOf(begun?.name ?? "?");
        operations[event.outcome] += 1;
        if (begun !== undefined && event.outcome === "ok") operations.latencies.push(event.at - begun.invokedAt);
        return;
      }
      case "violation":
        this.#violations.push({ atMs: event.at, rule: event.rule, detail: event.detail });
        return;
      case "state":
        if (event.role === "candidate") this.#elections += 1;
        if (event.role === "pre-candidate") this.#preElections += 1;
        if (event.term !== undefined) this.#highestTerm = Math.max(this.#highestTerm ?? 0, event.term);
        return this.#followReign(event.replica);
      default:
        if ("replica" in event && event.replica !== undefined) this.#followReign(event.replica);
    }
  }

  /** What there is by now. */
  summarize(): TraceStatistics {
    const { type: _type, at: _at, config: _config, ...run } = this.#run ?? { type: "run", at: 0 };
    const seconds = this.#at / 1000;
    return {
      run: this.#run === undefined ? undefined : (run as TraceStatistics["run"]),
      events: this.#events,
      durationMs: this.#at,
      eventsPerSecond: seconds === 0 ? 0 : Math.round((this.#events / seconds) * 10) / 10,
      types: sorted(this.#types),
      messages: this.#messages,
      messageTypes: sorted(this.#messageTypes),
      links: sorted(this.#links),
      drops: sorted(this.#drops),
      elections: this.#elections,
      preElections: this.#preElections,
      highestTerm: this.#highestTerm,
      leaders: this.#reigns,
      operations: Object.fromEntries([...this.#operations].map(([name, counts]) => [name, summaryOf(counts)])),
      violations: this.#violations,
    };
  }

  #send(event: SendEvent): void {
    const { from, to, message, bytes = 0 } = event;
    this.#messages.sent += 1;
    this.#messages.bytes += bytes;
    if (this.#heartbeats.isQuiet(event)) this.#messages.heartbeats += 1;
    countsOf(this.#messageTypes, message).sent += 1;
    countsOf(this.#links, `${from}/${to}`).sent += 1;
  }

  #fate({ from, to, message }: { from: string; to: string; message: string }, fate: "delivered" | "dropped"): void {
    this.#messages[fate] += 1;
    countsOf(this.#messageTypes, message)[fate] += 1;
    countsOf(this.#links, `${from}/${to}`)[fate] += 1;
  }

  /** Begins and ends reigns, as the replica's role tells. */
  #followReign(replica: string): void {
    // A paused leader goes on leading as far as it knows.
    if (this.#state.roleOf(replica) === "paused") return;
    const current = this.#reigns.findLast((reign) => reign.replica === replica && reign.toMs === undefined);
    const [leads, term] = [this.#state.roleOf(replica) === "leader", this.#state.termOf(replica)];
    if (current !== undefined && (!leads || current.term !== term)) current.toMs = this.#at;
    if (leads && (current === undefined || current.toMs !== undefined)) {
      this.#reigns.push({ replica, term, fromMs: this.#at, toMs: undefined });
    }
  }

  #operationsOf(name: string): Operations {
    const known = this.#operations.get(name);
    if (known !== undefined) return known;
    const made: Operations = { ok: 0, fail: 0, unknown: 0, begun: 0, latencies: [] };
    this.#operations.set(name, made);
    return made;
  }
}

function summaryOf({ ok, fail, unknown, begun, latencies }: Operations): OperationCounts {
  const ascending = Float64Array.from(latencies).sort();
  const at = (part: number): number => round(ascending[Math.ceil(part * ascending.length) - 1] ?? 0);
  const latencyMs = ascending.length === 0 ? undefined : { median: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
  return { ok, fail, unknown, open: Math.max(0, begun - ok - fail - unknown), latencyMs };
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function increase(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function countsOf(counts: Map<string, MessageCounts>, name: string): MessageCounts {
  const known = counts.get(name);
  if (known !== undefined) return known;
  const made = { sent: 0, delivered: 0, dropped: 0 };
  counts.set(name, made);
  return made;
}

function sorted<Value>(counts: ReadonlyMap<string, Value>): Readonly<Record<string, Value>> {
  return Object.fromEntries([...counts].sort(([left], [right]) => (left < right ? -1 : 1)));
}
