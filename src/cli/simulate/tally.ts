// What a campaign adds up while its seeds come in. Its size does not grow with the number of seeds, but for failures and samples.
import { createHash } from "node:crypto";
import type { RunSample } from "../../course/distribution/index.ts";
import { addHistograms, addTime, type Histogram } from "./histogram.ts";
import type { Failure, Task, TaskReport } from "./job.ts";

/** A seed that failed. */
export interface FailedSeed extends Failure {
  readonly seed: string;
  /** The config's path in a course campaign. */
  readonly config?: string;
}

/** The sums so far. Plain JSON; a resumed campaign begins with an earlier one's. */
export interface Totals {
  readonly runs: number;
  readonly failing: number;
  /** The first FAILURES_KEPT of them. */
  readonly failures: readonly FailedSeed[];
  readonly coverage: Readonly<Record<string, number>>;
  readonly virtualMs: number;
  /** The least that any run that did not fail had, under faults and load; absent before the first. */
  readonly leastSafetyMs?: number;
  readonly leastOperations?: number;
  readonly events: number;
  readonly operations: number;
  /** Wall time that workers spent on runs, summed over all of them. */
  readonly busyMs: number;
  /** After healing, the times to the first committed write, and until all agreed; virtual ms. */
  readonly firstWrite: Histogram;
  readonly converged: Histogram;
  /** Sum of the seeds' trace hashes: equal when every seed ran equally, in whatever order. 16 hex digits. */
  readonly traceDigest: string;
}

const FAILURES_KEPT = 1_000;

/** No runs yet. */
export const NO_TOTALS: Totals = {
  runs: 0,
  failing: 0,
  failures: [],
  coverage: {},
  virtualMs: 0,
  events: 0,
  operations: 0,
  busyMs: 0,
  firstWrite: {},
  converged: {},
  traceDigest: "0000000000000000",
};

/** Adds up the reports of a campaign. */
export class Tally {
  readonly samples: RunSample[] = [];
  readonly #coverage: Map<string, number>;
  readonly #failures: FailedSeed[];
  #totals: Totals;
  #digest: bigint;

  /** `counters` are known names, which stand at 0 until something happens; `earlier` is what a resumed campaign has. */
  constructor({ counters = [], earlier = NO_TOTALS }: { counters?: readonly string[]; earlier?: Totals }) {
    this.#totals = earlier;
    this.#coverage = new Map([...counters.map((name) => [name, 0] as const), ...Object.entries(earlier.coverage)]);
    this.#failures = [...earlier.failures];
    this.#digest = BigInt(`0x${earlier.traceDigest}`);
  }

  get totals(): Totals {
    const traceDigest = hex(this.#digest);
    return { ...this.#totals, failures: this.#failures, coverage: Object.fromEntries(this.#coverage), traceDigest };
  }

  /** How many failed so far. */
  get failing(): number {
    return this.#totals.failing;
  }

  /** Adds one run; `config` is the path of its config, if it had one. Returns the failure, if it is one. */
  add(
    { seed }: Task,
    { report, busyMs, config }: { readonly report: TaskReport; readonly busyMs: number; readonly config?: string },
  ): FailedSeed | undefined {
    const { runs, failing, virtualMs, events, operations, busyMs: busyBefore } = this.#totals;
    this.#totals = {
      ...this.#totals,
      runs: runs + 1,
      failing: failing + (report.failure === undefined ? 0 : 1),
      // Whole ms: the sum must not depend on the order in which seeds come in.
      virtualMs: virtualMs + Math.round(report.virtualMs),
      events: events + report.events,
      operations: operations + report.operations,
      busyMs: busyBefore + busyMs,
    };
    if (report.recovery !== undefined) this.#addRecovery(report.recovery);
    if (report.failure === undefined) this.#noteLeast(report);
    for (const [name, times] of Object.entries(report.coverage)) {
      this.#coverage.set(name, (this.#coverage.get(name) ?? 0) + times);
    }
    if (report.sample !== undefined) this.samples.push(report.sample);
    this.#digest = BigInt.asUintN(64, this.#digest + digestOf(`${config ?? ""} ${seed} ${report.traceHash}`));
    if (report.failure === undefined) return undefined;
    const failed = { seed, ...(config !== undefined && { config }), ...report.failure };
    if (this.#failures.length < FAILURES_KEPT) this.#failures.push(failed);
    return failed;
  }

  #noteLeast({ safetyMs, operations }: TaskReport): void {
    const { leastSafetyMs = safetyMs, leastOperations = operations } = this.#totals;
    this.#totals = {
      ...this.#totals,
      leastSafetyMs: Math.min(leastSafetyMs, safetyMs),
      leastOperations: Math.min(leastOperations, operations),
    };
  }

  #addRecovery({ probeAfterMs, convergedAfterMs }: NonNullable<TaskReport["recovery"]>): void {
    const { firstWrite, converged } = this.#totals;
    this.#totals = {
      ...this.#totals,
      firstWrite: addTime(firstWrite, probeAfterMs),
      converged: addTime(converged, convergedAfterMs),
    };
  }
}

/** The sums of two campaigns over different seeds. */
export function addTotals(one: Totals, other: Totals): Totals {
  const names = [...new Set([...Object.keys(one.coverage), ...Object.keys(other.coverage)])];
  const digest = BigInt(`0x${one.traceDigest}`) + BigInt(`0x${other.traceDigest}`);
  return {
    runs: one.runs + other.runs,
    failing: one.failing + other.failing,
    failures: [...one.failures, ...other.failures].slice(0, FAILURES_KEPT),
    coverage: Object.fromEntries(names.map((name) => [name, (one.coverage[name] ?? 0) + (other.coverage[name] ?? 0)])),
    virtualMs: one.virtualMs + other.virtualMs,
    ...least("leastSafetyMs", one, other),
    ...least("leastOperations", one, other),
    events: one.events + other.events,
    operations: one.operations + other.operations,
    busyMs: one.busyMs + other.busyMs,
    firstWrite: addHistograms(one.firstWrite, other.firstWrite),
    converged: addHistograms(one.converged, other.converged),
    traceDigest: hex(BigInt.asUintN(64, digest)),
  };
}

function least(name: "leastSafetyMs" | "leastOperations", one: Totals, other: Totals): Partial<Totals> {
  const values = [one[name], other[name]].filter((value) => value !== undefined);
  return values.length === 0 ? {} : { [name]: Math.min(...values) };
}

function hex(digest: bigint): string {
  return digest.toString(16).padStart(16, "0");
}

function digestOf(text: string): bigint {
  return createHash("sha256").update(text).digest().readBigUInt64BE();
}
