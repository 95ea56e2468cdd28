// One replica's visible state as a trace's events make it.
import type { DurableView, ReplicaView } from "./keyframe.ts";
import { LogState } from "./log-state.ts";
import type { PersistEvent, StateEvent, StateFields, TimerEvent, TraceRole } from "./replica-events.ts";

/** The fields of a state that the next one replaces. `progress` and `extra` follow rules of their own. */
const REPLACED = [
  "role",
  "leader",
  "term",
  "votedFor",
  "commitIndex",
  "lastApplied",
  "lastIndex",
  "membership",
] as const satisfies readonly (keyof StateFields)[];

/** What a restart leaves of them. */
const KEPT_BY_RESTART = ["term", "votedFor", "lastIndex", "membership"] as const;

type KnownFields = { -readonly [Name in (typeof REPLACED)[number]]?: NonNullable<StateFields[Name]> | null };

/** Follows one replica. */
export class ReplicaState {
  #status: ReplicaView["status"];
  #fields: KnownFields = {};
  #progress: ReplicaView["progress"];
  #extra: ReplicaView["extra"];
  #log: LogState | undefined;
  #durable: DurableView | undefined;
  readonly #timers: Map<string, number>;

  /** A replica as a keyframe holds it; one of which nothing is known without it. */
  constructor(view: ReplicaView = { status: "up" }) {
    const { status, progress, extra, log, durable, timers = {} } = view;
    this.#status = status;
    this.#progress = progress;
    this.#extra = extra;
    this.#durable = durable;
    this.#log = log === undefined ? undefined : new LogState(log);
    this.#timers = new Map(Object.entries(timers));
    this.#replace(view);
  }

  /** Its part as an onlooker sees it: what it is, unless it does not live or stands still. */
  get role(): TraceRole | undefined {
    return this.#status === "up" ? (this.#fields.role ?? undefined) : this.#status;
  }

  get term(): number | undefined {
    return this.#fields.term ?? undefined;
  }

  /** It ends; its timers with it. */
  die(): void {
    this.#status = "dead";
    this.#timers.clear();
  }

  /** It stands still, or goes on. Of a dead one that means nothing: whoever stopped it need not have seen it die. */
  setPaused(paused: boolean): void {
    if (this.#status !== "dead") this.#status = paused ? "paused" : "up";
  }

  /** Takes what the replica tells of itself. */
  tell(event: StateEvent): void {
    const { role, progress, extra, log = [] } = event;
    // Whoever tells of itself lives: a producer may leave out that it was started anew.
    if (this.#status === "dead" && role !== "dead") this.restart({});
    if (role === "paused" || role === "dead") this.#status = role;
    this.#replace(event);
    for (const change of log) {
      this.#log ??= new LogState();
      this.#log.apply(change);
    }
    if (this.#log !== undefined && log.length > 0) this.#fields.lastIndex = this.#log.lastIndex;
    if (progress === null || (role !== undefined && role !== "leader")) this.#progress = undefined;
    if (progress !== undefined && progress !== null) this.#progress = progress;
    if (extra !== undefined) {
      const merged = Object.entries({ ...this.#extra, ...extra }).filter(([, value]) => value !== null);
      this.#extra = Object.fromEntries(merged);
    }
  }

  timer({ timer, action, due }: TimerEvent): void {
    if (action === "set" && due !== undefined) this.#timers.set(timer, due);
    else this.#timers.delete(timer);
  }

  persist({ phase, term, votedFor, lastIndex, snapshotIndex }: PersistEvent): void {
    if (phase !== "done" && phase !== "lost") return;
    this.#durable = {
      ...this.#durable,
      ...(term !== undefined && { term }),
      ...(votedFor !== undefined && { votedFor }),
      ...(lastIndex !== undefined && { lastIndex }),
      ...(snapshotIndex !== undefined && { snapshotIndex }),
    };
  }

  restart({ wiped = false }: { readonly wiped?: boolean }): void {
    const before = this.#fields;
    this.#status = "up";
    this.#fields = {};
    this.#progress = undefined;
    this.#extra = undefined;
    this.#timers.clear();
    if (wiped) {
      this.#log = undefined;
      this.#durable = undefined;
    } else {
      this.#replace(Object.fromEntries(KEPT_BY_RESTART.map((name) => [name, before[name]])));
    }
  }

  /** All that is known; a copy. */
  view(): ReplicaView {
    return {
      status: this.#status,
      ...(this.#fields as Omit<ReplicaView, "status">),
      ...(this.#progress && { progress: this.#progress }),
      ...(this.#extra && { extra: this.#extra }),
      ...(this.#log && { log: this.#log.view() }),
      ...(this.#durable && { durable: this.#durable }),
      ...(this.#timers.size > 0 && { timers: Object.fromEntries(this.#timers) }),
    };
  }

  #replace(told: StateFields): void {
    const fields: Record<string, unknown> = this.#fields;
    for (const name of REPLACED) if (told[name] !== undefined) fields[name] = told[name];
  }
}
