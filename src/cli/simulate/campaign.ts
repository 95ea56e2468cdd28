// A campaign: many seeds on all cores, added up as they come in. Any end but a crash of this process leaves a result.
import type { RunSample } from "../../course/distribution/index.ts";
import { situations } from "../../simulator/index.ts";
import type { Job, Task, TaskReport } from "./job.ts";
import { CampaignDisplay, type CampaignProgress, type DisplayStream } from "./progress.ts";
import { type SeedRange, SeedSet } from "./seed-ranges.ts";
import { type FailedSeed, NO_TOTALS, Tally, type Totals } from "./tally.ts";
import { WorkerPool } from "./worker-pool.ts";

/** A campaign before it runs. */
export interface CampaignOptions {
  readonly job: Job;
  readonly seeds: SeedRange;
  /** Worker processes. */
  readonly jobs: number;
  /** No run begins later than this. */
  readonly limitMs?: number;
  /** A run that takes longer than this hangs. */
  readonly taskLimitMs: number;
  /** End at the first failure; otherwise failures are collected. */
  readonly stopOnFailure: boolean;
  /** What an earlier part of the campaign has done. */
  readonly earlier?: CampaignState;
  readonly display: DisplayStream;
  /** A failure as lines for the display. */
  readonly describe: (failed: FailedSeed) => string;
  /** Called now and then, so that what is done survives whatever happens. */
  readonly checkpoint?: (state: CampaignState) => void;
  /** Another worker program than ours. */
  readonly program?: string;
}

/** What a campaign has so far. */
export interface CampaignState {
  readonly totals: Totals;
  /** Seeds that ran; of a course job, those that ran with every config. */
  readonly done: SeedSet;
  readonly wallMs: number;
  /** Whether seeds that were asked for did not run, other than because the time was up. */
  readonly isInterrupted: boolean;
  /** Of a course job, one for each run. */
  readonly samples: readonly RunSample[];
}

const CHECKPOINT_MS = 20_000;

/** Runs a campaign once; `interrupt` ends it early. */
export class Campaign {
  readonly #options: CampaignOptions;
  readonly #pool: WorkerPool;
  readonly #tally: Tally;
  readonly #done: SeedSet;
  /** How many configs are still to come for a seed, where not all or none have run. */
  readonly #partlyDone = new Map<string, number>();
  /** Runs to come at the start; undefined where time ends the campaign first, most likely. */
  readonly #total: number | undefined;
  readonly #earlierRuns: number;
  readonly #earlierVirtualMs: number;
  readonly #earlierMs: number;
  #startedAt = 0;
  /** The first one early: it shows that there will be others. */
  #checkpointAt = 0;
  #isInterrupted = false;
  #display: CampaignDisplay | undefined;

  constructor(options: CampaignOptions) {
    this.#options = options;
    const { job, earlier, jobs, taskLimitMs, program } = options;
    const { runs, virtualMs } = earlier?.totals ?? NO_TOTALS;
    this.#earlierRuns = runs;
    this.#earlierVirtualMs = virtualMs;
    this.#earlierMs = earlier?.wallMs ?? 0;
    this.#done = new SeedSet(earlier?.done.ranges);
    this.#total = this.#runsToCome();
    const counters = job.kind === "cluster" ? situations : [];
    this.#tally = new Tally({ counters, ...(earlier && { earlier: earlier.totals }) });
    this.#pool = new WorkerPool({
      job,
      jobs,
      taskLimitMs,
      tasks: this.#tasks(),
      onReport: (task, report, busyMs) => this.#add(task, { report, busyMs }),
      ...(program !== undefined && { program }),
    });
  }

  /** Runs all seeds, or as many as time and interruptions allow. */
  async run(): Promise<CampaignState> {
    this.#startedAt = performance.now();
    const display = new CampaignDisplay(this.#options.display, () => this.#progress());
    this.#display = display;
    try {
      await this.#pool.run();
    } finally {
      display.close();
    }
    return this.#state();
  }

  /** Ends the campaign at once; `run` then gives what there is. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#pool.stop();
  }

  /** Ranges of billions stand for "until the time is up". */
  #runsToCome(): number | undefined {
    const { seeds } = this.#options;
    const asked = seeds.to - seeds.from + 1;
    if (asked > 100_000_000) return undefined;
    return (asked - this.#done.countIn(seeds)) * this.#configs;
  }

  get #configs(): number {
    const { job } = this.#options;
    return job.kind === "course" ? job.configs.length : 1;
  }

  *#tasks(): Generator<Task, undefined> {
    const { seeds, limitMs = Infinity } = this.#options;
    for (let seed = seeds.from; seed <= seeds.to; seed++) {
      if (this.#done.has(seed)) continue;
      for (let config = 0; config < this.#configs; config++) {
        if (this.#elapsedMs() >= limitMs) return;
        yield { seed: String(seed), config };
      }
    }
  }

  #add(task: Task, { report, busyMs }: { readonly report: TaskReport; readonly busyMs: number }): void {
    const { job, describe, stopOnFailure, checkpoint } = this.#options;
    const config = job.kind === "course" ? job.configs[task.config]?.path : undefined;
    const failed = this.#tally.add(task, { report, busyMs, ...(config !== undefined && { config }) });
    this.#noteDone(task);
    if (failed !== undefined) {
      this.#display?.print(describe(failed));
      if (stopOnFailure) this.interrupt();
    }
    if (this.#elapsedMs() < this.#checkpointAt) return;
    this.#checkpointAt = this.#elapsedMs() + CHECKPOINT_MS;
    checkpoint?.({ ...this.#state(), isInterrupted: true });
  }

  #noteDone({ seed }: Task): void {
    const left = (this.#partlyDone.get(seed) ?? this.#configs) - 1;
    if (left > 0) {
      this.#partlyDone.set(seed, left);
    } else {
      this.#partlyDone.delete(seed);
      this.#done.add(Number(seed));
    }
  }

  #state(): CampaignState {
    return {
      totals: this.#tally.totals,
      done: this.#done,
      wallMs: this.#earlierMs + this.#elapsedMs(),
      isInterrupted: this.#isInterrupted,
      samples: this.#samplesByConfig(),
    };
  }

  /** Runs come in any order; a reader wants the configs in the order that was asked for. */
  #samplesByConfig(): readonly RunSample[] {
    const { job } = this.#options;
    if (job.kind !== "course") return [];
    const names = job.configs.map(({ config }) => config.name);
    return this.#tally.samples.toSorted((one, other) => names.indexOf(one.config) - names.indexOf(other.config));
  }

  #elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  #progress(): CampaignProgress {
    const { runs, virtualMs, failing } = this.#tally.totals;
    return {
      runs: runs - this.#earlierRuns,
      total: this.#total,
      failing,
      virtualMs: virtualMs - this.#earlierVirtualMs,
      elapsedMs: this.#elapsedMs(),
      limitMs: this.#options.limitMs,
    };
  }
}
