// What passes between the command and its workers, all of it plain JSON: the job once, then tasks and their reports.
import type { RunSample } from "../../course/distribution/index.ts";
import type { LoadedConfig } from "../../course/runner/index.ts";

/** Clusters of the Raft core under faults drawn from each seed. */
export interface ClusterJob {
  readonly kind: "cluster";
  /** Fixes the number of replicas that each seed would draw. */
  readonly replicas?: number;
  /** Every seed runs twice, and the traces must be equal. */
  readonly twice: boolean;
}

/** Configs of the course with this project's replica. */
export interface CourseJob {
  readonly kind: "course";
  readonly configs: readonly LoadedConfig[];
  readonly twice: boolean;
}

/** What all tasks of a campaign have in common. */
export type Job = ClusterJob | CourseJob;

/** One run. */
export interface Task {
  readonly seed: string;
  /** Place in a course job's configs; 0 in a cluster job. */
  readonly config: number;
}

/** Why a seed failed. */
export interface Failure {
  /** Who noticed: an oracle of the simulator, "checks" of the course, "determinism", or what ended the run: "exception", "died", "hung". */
  readonly oracle: string;
  /** The rule that was broken, by its short name. */
  readonly rule: string;
  /** What happened, in words. */
  readonly detail: string;
  /** Virtual ms since the run began. */
  readonly at?: number;
}

/** What came of a task. */
export interface TaskReport {
  readonly failure?: Failure;
  readonly virtualMs: number;
  /** Of this, under faults and load. */
  readonly safetyMs: number;
  readonly events: number;
  /** Client operations whose answers were checked. */
  readonly operations: number;
  /** Named counters of what happened. */
  readonly coverage: Readonly<Record<string, number>>;
  /** Equal for equal executions; empty where none was computed. */
  readonly traceHash: string;
  /** How long the healed cluster took, in virtual ms, to commit a write and to agree everywhere; absent when it did not come to that. */
  readonly recovery?: { readonly probeAfterMs: number; readonly convergedAfterMs: number };
  /** What the distribution keeps of a course run. */
  readonly sample?: RunSample;
}

/** Runs one task, to its end and without pause. */
export type RunTask = (task: Task) => TaskReport;

/** To a worker. */
export type Order = { readonly type: "job"; readonly job: Job } | { readonly type: "task"; readonly task: Task };

/** From a worker: that it is ready for tasks, then one report for each task in order. `busyMs` is wall time. */
export type Answer =
  | { readonly type: "ready" }
  | { readonly type: "report"; readonly report: TaskReport; readonly busyMs: number };

/** The report of a task that gave none. */
export function failedReport(failure: Failure): TaskReport {
  return { failure, virtualMs: 0, safetyMs: 0, events: 0, operations: 0, coverage: {}, traceHash: "" };
}
