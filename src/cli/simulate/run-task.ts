// Runs one seed: of the cluster simulator, or of a config of the course.
import { createHash } from "node:crypto";
import { runOwnReplica, sampleOf } from "../../course/distribution/index.ts";
import type { CourseConfig, RunResult } from "../../course/runner/index.ts";
import { drawSettings, type Settings, simulateSeed } from "../../simulator/index.ts";
import { encodeTraceEvent, type TraceEvent } from "../../trace/index.ts";
import type { ClusterJob, CourseJob, Failure, Job, RunTask, Task, TaskReport } from "./job.ts";

/** Is told every event of a run. */
export type Observe = (event: TraceEvent) => void;

/** Makes a job ready to run. */
export function prepareJob(job: Job): RunTask {
  return job.kind === "cluster" ? (task) => runClusterTask(job, task) : courseRunner(job);
}

/** One seed of the cluster simulator, or two executions of it. */
export function runClusterTask(job: ClusterJob, { seed }: Task, observe?: Observe): TaskReport {
  const first = runCluster(job, seed, observe);
  if (!job.twice || first.failure !== undefined) return first;
  return compareExecutions(first, runCluster(job, seed));
}

function runCluster(job: ClusterJob, seed: string, observe?: Observe): TaskReport {
  const { violation, coverage, virtualMs, safetyMs, events, operations, traceHash, recovery } = simulateSeed(seed, {
    ...(observe && { trace: observe }),
    ...(job.replicas !== undefined && { settings: resized(drawSettings(seed), job.replicas) }),
  });
  return {
    ...(violation && { failure: violation }),
    virtualMs,
    safetyMs,
    events,
    operations,
    coverage,
    traceHash,
    ...(recovery && { recovery }),
  };
}

/** The same settings for so many voters; nodes that may join later stay as many. */
export function resized(settings: Settings, voters: number): Settings {
  const { nodes, voters: drawn } = settings;
  const all = Array.from({ length: voters + nodes.length - drawn.length }, (_, at) => `n${at + 1}`);
  return { ...settings, nodes: all, voters: all.slice(0, voters) };
}

function courseRunner({ configs, twice }: CourseJob): RunTask {
  return ({ config: place, seed }) => {
    const config = configs[place]?.config;
    if (config === undefined) throw new RangeError(`the job has no config ${place}`);
    if (!twice) return courseReport(runOwnReplica(config, { seed }), "");
    const [first, second] = [hashedRun(config, seed), hashedRun(config, seed)];
    return first.failure === undefined ? compareExecutions(first, second) : first;
  };
}

function hashedRun(config: CourseConfig, seed: string): TaskReport {
  const hash = createHash("sha256");
  const run = runOwnReplica(config, { seed, observe: (event) => hash.update(`${encodeTraceEvent(event)}\n`) });
  return courseReport(run, hash.digest("hex").slice(0, 16));
}

function courseReport(run: RunResult, traceHash: string): TaskReport {
  const sample = sampleOf(run);
  const failed = run.checks.find(({ passed }) => !passed);
  const failure: Failure | undefined = failed && {
    oracle: "checks",
    rule: failed.name,
    detail: sample.reason ?? failed.detail,
  };
  const operations = run.operations.length;
  return {
    ...(failure && { failure }),
    virtualMs: run.durationMs,
    safetyMs: run.durationMs,
    events: 0,
    operations,
    coverage: {},
    traceHash,
    sample,
  };
}

/** The first report of a seed, which fails when the second execution was another one. */
export function compareExecutions(first: TaskReport, second: TaskReport): TaskReport {
  if (first.traceHash === second.traceHash && second.failure === undefined) return first;
  const detail = `two executions of one seed differ: trace hash ${first.traceHash}, then ${second.traceHash}`;
  return { ...first, failure: { oracle: "determinism", rule: "one seed is one execution", detail } };
}
