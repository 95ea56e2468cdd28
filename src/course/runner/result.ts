// What a run gives: the facts, the judgements on them, and the history of the clients' operations. Plain JSON values only.
import type { Address } from "../protocol.ts";

/** Everything known about one finished run of one config with one seed. */
export interface RunResult {
  /** The config's name: its file name without folder and extension. */
  readonly config: string;
  /** The config's path as the user gave it, for replaying. */
  readonly configPath: string;
  readonly seed: string;
  /** The replica's command as the user gave it. */
  readonly replica: string;
  /** Whether the run counts: every check passed. Tiers do not matter here. */
  readonly passed: boolean;
  readonly checks: readonly Check[];
  readonly scores: readonly Score[];
  /** Remarkable things about replicas; a failure among them also fails a check. */
  readonly verdicts: readonly Verdict[];
  readonly statistics: Statistics;
  /** All operations of all clients by time of invocation. */
  readonly operations: readonly Operation[];
  /** Length of the run in ms; wall-clock or virtual. */
  readonly durationMs: number;
  /** Where log, trace and results were written, if anywhere. */
  readonly directory?: string;
  /** The command that runs the same schedule and link fates again. */
  readonly replay?: string;
}

/** One rule of correctness, and whether the run kept it. */
export interface Check {
  /** Short and fixed: "incorrect answers", "replicas died", "linearizable", … */
  readonly name: string;
  readonly passed: boolean;
  /** What was counted, against which limit; the first offenders when it failed. */
  readonly detail: string;
}

/** How well a metric did, by the thresholds of the config: the first one that the value is below. */
export type Tier = "bonus" | "full" | "partial" | "none";

/** The four graded metrics, by the names that configs use, in the order of reports. */
export const METRICS = ["total_msgs", "failures", "duplicates", "median_latency"] as const;

/** One of the graded metrics. */
export type Metric = (typeof METRICS)[number];

/** One graded metric. `median_latency` and its thresholds are in seconds, as in the configs. */
export interface Score {
  readonly metric: Metric;
  /** `undefined` only for `median_latency` when nothing was answered; the tier is then "none". */
  readonly value: number | undefined;
  readonly thresholds: { readonly bonus: number; readonly full: number; readonly partial: number };
  readonly tier: Tier;
}

/** What a verdict is about, for machines. */
export type VerdictCode =
  | "died"
  | "never-said-hello"
  | "late-hello"
  | "message-before-hello"
  | "not-utf8"
  | "incorrect-message"
  | "incorrect-answer"
  | "duplicate-answer"
  | "packet-storm"
  | "redirect-storm"
  | "ignored-sigterm"
  | "slow-sigterm"
  | "no-replica-left"
  | "datagrams-lost"
  | "nothing-to-kill"
  | "log-incomplete";

/** One remarkable thing that happened, in words for people. */
export interface Verdict {
  /** A failure fails the run; a warning says what may go wrong elsewhere. */
  readonly severity: "failure" | "warning";
  readonly code: VerdictCode;
  /** Which replica, where it is about one. */
  readonly replica?: Address;
  /** When it happened first, in ms since the run began. */
  readonly at: number;
  readonly text: string;
  /** How often it happened; `text` tells the first. */
  readonly times: number;
}

/** A client's logical request: from its first sending to its final answer, over all redirects and retries. */
export interface Operation {
  readonly client: Address;
  readonly type: "get" | "put";
  readonly key: string;
  /** The value put, or the value a get returned; `undefined` for an unanswered get. */
  readonly value?: string;
  /** In ms since the run began. */
  readonly invokedAt: number;
  /** `undefined` when it was never answered: a put may then have taken effect, or may do so later. */
  readonly completedAt?: number;
  /** "unanswered": the run ended first. A request that was failed is retried, so no operation ends as failed. */
  readonly outcome: "ok" | "unanswered";
  /** How many times it was sent: 1 + redirects + fails. */
  readonly attempts: number;
  /** Who gave the final answer. */
  readonly replica?: Address;
}

/** A distribution of times in ms; every field is `undefined` when nothing was measured. */
export interface Latency {
  readonly count: number;
  readonly mean: number | undefined;
  readonly median: number | undefined;
  readonly p99: number | undefined;
  readonly max: number | undefined;
}

/** The run's counts. The first group has the original simulator's meanings; the second is ours. */
export interface Statistics {
  /** Leaders in the order in which messages named them. */
  readonly leaders: readonly Address[];
  /** Replicas that ended although nobody ended them, or that never said hello. */
  readonly died: number;
  readonly killed: number;
  /** Replica-to-replica messages routed, including the lost ones; a broadcast counts once for each receiver. */
  readonly totalMessages: number;
  /** Lost by chance or in a partition. */
  readonly droppedMessages: number;
  /** Not delivered because a socket was full. */
  readonly blockedMessages: number;
  /** Requests generated. */
  readonly gets: number;
  readonly puts: number;
  /** Gets that could not be made, because no put of that client had been acknowledged yet. */
  readonly getsNotGenerated: number;
  readonly incorrect: number;
  /** Of these, gets that returned something else than the last acknowledged put. */
  readonly incorrectGets: number;
  readonly duplicates: number;
  readonly redirects: number;
  readonly getFailures: number;
  readonly putFailures: number;
  readonly unansweredGets: number;
  readonly unansweredPuts: number;
  /** Over every answered attempt, redirects and fails included: what the original measures and grades. */
  readonly hopLatency: Latency;

  /** From an operation's first sending to its final `ok`: what a client feels. */
  readonly endToEndLatency: Latency;
  /** Lost by chance, cut off by a partition, or addressed to a dead replica; the first two make up droppedMessages. */
  readonly messagesLost: { readonly byChance: number; readonly byPartition: number; readonly toDead: number };
  readonly messagesDuplicated: number;
  readonly messagesReordered: number;
  /** Messages by their `type`, as their senders sent them; a broadcast counts once for each receiver. */
  readonly messagesByType: Readonly<Record<string, number>>;
  readonly bytesBetweenReplicas: number;
  readonly restarted: number;
}
