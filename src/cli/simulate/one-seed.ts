// One seed in this process: everything that happened in it, and its trace if one is wanted.
import { runEventOf, runOwnReplica } from "../../course/distribution/index.ts";
import { TraceFile } from "../../course/log/index.ts";
import { formatRun } from "../../course/report/index.ts";
import type { LoadedConfig, RunResult } from "../../course/runner/index.ts";
import { paintFor } from "../../course/terminal/index.ts";
import type { TraceEvent } from "../../trace/index.ts";
import { ConfigError, messageOf } from "../flags.ts";
import { packageVersion } from "../package.ts";
import type { ClusterJob, TaskReport } from "./job.ts";
import { runClusterTask } from "./run-task.ts";
import { formatFailure, type SummaryOptions } from "./summary.ts";

/** Runs one seed of the cluster simulator. */
export function runClusterSeed(job: ClusterJob, seed: string, traceFile: string | undefined): TaskReport {
  return traced(traceFile, (trace) => runClusterTask(job, { seed, config: 0 }, trace));
}

/** Runs one config with one seed. */
export function runConfigSeed({ config, path }: LoadedConfig, seed: string, traceFile: string | undefined): RunResult {
  return traced(traceFile, (trace) => {
    trace?.(runEventOf(config, { seed, producer: `keelson ${packageVersion()}` }));
    return { ...runOwnReplica(config, { seed, ...(trace && { observe: trace }) }), configPath: path };
  });
}

/** A run of the cluster simulator for people. Several lines, ends without an end of line. */
export function formatClusterSeed(
  report: TaskReport,
  { seed, ...options }: SummaryOptions & { readonly seed: string },
): string {
  const { failure, virtualMs, events, operations, coverage, traceHash } = report;
  const paint = paintFor(options);
  const outcome = failure === undefined ? paint("good", "passed") : paint("bad", "FAILED");
  const happened = Object.entries(coverage).filter(([, times]) => times > 0);
  return [
    `seed ${seed}  ${outcome}  ${(virtualMs / 1000).toFixed(1)} s of virtual time, ${events} events, ${operations} operations checked`,
    `trace hash ${traceHash}`,
    ...happened.map(([name, times]) => `${String(times).padStart(9)}  ${name}`),
    ...(failure === undefined ? [] : [formatFailure({ seed, ...failure }, options)]),
  ].join("\n");
}

/** A course run for people, as `keelson course` shows its runs. */
export function formatConfigSeed(run: RunResult, { colors }: { readonly colors: boolean }): string {
  return formatRun(run, { colors });
}

function traced<T>(file: string | undefined, run: (trace: ((event: TraceEvent) => void) | undefined) => T): T {
  if (file === undefined) return run(undefined);
  const trace = openTrace(file);
  try {
    return run((event) => trace.write(event));
  } finally {
    trace.close();
    if (trace.failure !== undefined)
      process.stderr.write(`keelson: warning: the trace is incomplete: ${trace.failure}\n`);
  }
}

function openTrace(file: string): TraceFile {
  try {
    return new TraceFile(file);
  } catch (error) {
    throw new ConfigError(`--trace: ${messageOf(error)}`);
  }
}
