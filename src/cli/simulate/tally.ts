// What a campaign adds up while its seeds come in. Its size does not grow with the number of seeds, but for failures and samples.
import { createHash } from "node:crypto";
import type { RunSample } from "../../course/distribution/index.ts";
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
  readonly events: number;
  readonly operations: number;
  /** Wall time that workers spent on runs, summed over all of them. */
  readonly busyMs: number;
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
    const traceDigest = this.#digest.toString(16).padStart(16, "0");
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
      virtualMs: virtualMs + report.virtualMs,
      events: events + report.events,
      operations: operations + report.operations,
      busyMs: busyBefore + busyMs,
    };
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
}

function digestOf(text: string): bigint {
  return createHash("sha256").update(text).digest().readBigUInt64BE();
}
