// Shows runs under way: live lines on a terminal, otherwise now and then a plain line. Process shell: owns a timer.
import { NO_LEADER } from "../protocol.ts";
import type { CampaignDisplay, PlannedRun } from "./campaign.ts";
import type { ProcessRun } from "./process-host.ts";
import type { RunResult } from "./result.ts";

/** Where the display goes; standard error in practice. */
export interface DisplayStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const REDRAW_MS = 100;
const PLAIN_LINE_MS = 10_000;
const BAR_WIDTH = 20;

/** A display of runs under way; `close` it in the end. */
export class ProgressDisplay implements CampaignDisplay {
  readonly #stream: DisplayStream;
  readonly #total: number;
  readonly #running = new Map<PlannedRun, ProcessRun>();
  readonly #timer: NodeJS.Timeout;
  #done = 0;
  /** Lines on the terminal that the next drawing replaces. */
  #drawn = 0;

  /** `total` is the number of runs to come. */
  constructor(stream: DisplayStream, { total }: { total: number }) {
    this.#stream = stream;
    this.#total = total;
    const isLive = stream.isTTY === true;
    this.#timer = setInterval(() => (isLive ? this.#draw() : this.#tell()), isLive ? REDRAW_MS : PLAIN_LINE_MS);
    this.#timer.unref();
  }

  started(run: PlannedRun, live: ProcessRun): void {
    this.#running.set(run, live);
    this.#print(`${this.#counter(this.#done + this.#running.size)}${run.config.name} seed ${run.seed}: started`);
  }

  finished(run: PlannedRun, result: RunResult): void {
    this.#running.delete(run);
    this.#done++;
    const { totalMessages, duplicates, endToEndLatency } = result.statistics;
    const median = endToEndLatency.median?.toFixed(2) ?? "-";
    const outcome = result.passed ? "passed" : "FAILED";
    const figures = `${totalMessages} messages, ${duplicates} duplicates, end to end median ${median} ms`;
    this.#print(`${run.config.name} seed ${run.seed}: ${outcome}, ${figures}`);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #print(line: string): void {
    this.#clear();
    this.#stream.write(`${line}\n`);
  }

  #tell(): void {
    for (const [run, live] of this.#running) this.#stream.write(`${describe(run, live)}\n`);
  }

  #draw(): void {
    this.#clear();
    const width = (this.#stream.columns ?? 80) - 1;
    const lines = [...this.#running].map(([run, live]) => describe(run, live).slice(0, width));
    if (lines.length === 0) return;
    this.#stream.write(`${lines.join("\n")}\n`);
    this.#drawn = lines.length;
  }

  #clear(): void {
    if (this.#drawn > 0) this.#stream.write(`\u001b[${this.#drawn}A\u001b[J`);
    this.#drawn = 0;
  }

  #counter(number: number): string {
    return this.#total === 1 ? "" : `[${number}/${this.#total}] `;
  }
}

function describe({ config, seed }: PlannedRun, live: ProcessRun): string {
  const { now, endsAt, answered, messages, leader, living } = live.progress;
  const filled = Math.min(BAR_WIDTH, Math.round((now / endsAt) * BAR_WIDTH));
  const bar = "#".repeat(filled).padEnd(BAR_WIDTH, ".");
  const time = `${(now / 1000).toFixed(1).padStart(4)}/${(endsAt / 1000).toFixed(0)} s`;
  return [
    `${config.name} seed ${seed} [${bar}] ${time}`,
    `${answered}/${config.requests} answered`,
    `${messages} messages`,
    leader === NO_LEADER ? "no leader" : `leader ${leader}`,
    `${living}/${config.replicas} alive`,
  ].join("  ");
}
