// Worker processes that share the tasks of a campaign. A worker that dies or hangs costs the one task that it had in hand.
import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Answer, failedReport, type Job, type Order, type Task, type TaskReport } from "./job.ts";

/** Beside the task in hand a worker has one waiting, so that it never waits itself. */
const TASKS_PER_WORKER = 2;

/** A busy machine may need long to start a process; one that needs longer has a problem. */
const START_LIMIT_MS = 60_000;

const STDERR_KEPT = 2_000;

/** A pool before it runs. */
export interface PoolOptions {
  readonly job: Job;
  /** Worker processes. */
  readonly jobs: number;
  /** Taken from as workers become free. */
  readonly tasks: Iterator<Task>;
  /** A worker that works longer than this on one task hangs; counted while this process runs, so suspending both is no hang. */
  readonly taskLimitMs: number;
  /** Told of every task once, in order of completion. */
  readonly onReport: (task: Task, report: TaskReport, busyMs: number) => void;
  /** The worker's program; ours by default. */
  readonly program?: string;
}

/** The program beside this file: .ts in a clone, .js in the package. */
const OWN_PROGRAM = fileURLToPath(new URL(`./worker${path.extname(import.meta.url)}`, import.meta.url));

/** Runs all tasks. Use it once. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #workers = new Set<Worker>();
  /** Tasks that a worker left behind. */
  readonly #returned: Task[] = [];
  #isStopped = false;
  #problem: Error | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Resolves when all tasks are done, or after `stop`. Rejects when workers cannot be started, or with what `onReport` throws. */
  async run(): Promise<void> {
    const { jobs, taskLimitMs } = this.#options;
    const ended = new Promise<void>((resolve, reject) => {
      this.#onEnd = () => (this.#problem === undefined ? resolve() : reject(this.#problem));
    });
    const tickMs = Math.min(1_000, taskLimitMs / 4);
    const watch = setInterval(() => this.#watch(tickMs), tickMs);
    try {
      for (let number = 0; number < jobs && !this.#isStopped; number++) this.#start();
      if (this.#workers.size > 0) await ended;
    } finally {
      clearInterval(watch);
    }
  }

  /** Ends all workers at once; tasks in hand are given up, without a report. */
  stop(): void {
    this.#isStopped = true;
    for (const worker of this.#workers) worker.kill();
  }

  #onEnd = (): void => {};

  #start(): void {
    const first = this.#next();
    if (first === undefined) return;
    const { program = OWN_PROGRAM, job } = this.#options;
    const worker = new Worker(program, {
      onAnswer: (answer) => this.#guard(() => this.#heard(worker, answer)),
      onExit: (how) => this.#exited(worker, how),
    });
    this.#workers.add(worker);
    worker.send({ type: "job", job });
    worker.give(first);
  }

  #next(): Task | undefined {
    if (this.#isStopped) return undefined;
    const returned = this.#returned.shift();
    if (returned !== undefined) return returned;
    const next = this.#options.tasks.next();
    return next.done === true ? undefined : next.value;
  }

  /** What `onReport` or the tasks throw ends the pool, and is thrown by `run`. */
  #guard(react: () => void): void {
    try {
      react();
    } catch (error) {
      this.#problem ??= error instanceof Error ? error : new Error(String(error));
      this.stop();
    }
  }

  #heard(worker: Worker, answer: Answer): void {
    worker.silentMs = 0;
    if (answer.type === "ready") {
      worker.isReady = true;
    } else {
      const task = worker.tasks.shift();
      if (task !== undefined && !this.#isStopped) this.#options.onReport(task, answer.report, answer.busyMs);
    }
    this.#feed(worker);
  }

  #feed(worker: Worker): void {
    while (worker.tasks.length < TASKS_PER_WORKER) {
      const task = this.#next();
      if (task === undefined) break;
      worker.give(task);
    }
    if (worker.tasks.length === 0) worker.dismiss();
  }

  #exited(worker: Worker, how: string): void {
    this.#workers.delete(worker);
    if (!this.#isStopped) this.#guard(() => this.#replace(worker, how));
    if (this.#workers.size === 0) this.#onEnd();
  }

  #replace(worker: Worker, how: string): void {
    const [lost, ...waiting] = worker.tasks;
    if (lost === undefined) return;
    if (!worker.isReady) throw new Error(`a worker process cannot start: ${how}\n${worker.stderr}`);
    this.#lose(lost, worker, how);
    this.#returned.push(...waiting);
    this.#start();
  }

  #lose(task: Task, worker: Worker, how: string): void {
    const { taskLimitMs, onReport } = this.#options;
    const last = worker.stderr.trim();
    const failure = worker.isHung
      ? { oracle: "hung", rule: "a run ends", detail: `no end after ${taskLimitMs / 1000} s; the worker was ended` }
      : { oracle: "died", rule: "a run ends", detail: `the worker ended: ${how}${last === "" ? "" : `\n${last}`}` };
    onReport(task, failedReport(failure), worker.silentMs);
  }

  #watch(tickMs: number): void {
    for (const worker of this.#workers) {
      worker.silentMs += tickMs;
      const limitMs = worker.isReady ? this.#options.taskLimitMs : START_LIMIT_MS;
      if (worker.silentMs < limitMs || worker.tasks.length === 0) continue;
      worker.isHung = true;
      worker.kill();
    }
  }
}

interface WorkerListener {
  readonly onAnswer: (answer: Answer) => void;
  readonly onExit: (how: string) => void;
}

class Worker {
  /** Given and not yet answered, the one in hand first. */
  readonly tasks: Task[] = [];
  isReady = false;
  isHung = false;
  /** How long it has not been heard of. */
  silentMs = 0;
  /** The end of what it wrote there. */
  stderr = "";
  readonly #child: ChildProcess;

  constructor(program: string, { onAnswer, onExit }: WorkerListener) {
    this.#child = fork(program, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_KEPT);
    });
    this.#child.on("message", (message: unknown) => onAnswer(message as Answer)); // the other end is our own
    this.#child.on("error", (error) => {
      if (this.#child.pid === undefined) onExit(error.message);
    });
    // Not "close": Node does not emit it after `disconnect`. Its last words may come after its end.
    this.#child.on("exit", (status, signal) => {
      const how = signal ?? `exit status ${status}`;
      if (this.#child.stderr?.closed === false) this.#child.stderr.once("close", () => onExit(how));
      else onExit(how);
    });
  }

  give(task: Task): void {
    this.tasks.push(task);
    this.send({ type: "task", task });
  }

  /** What cannot be sent was lost with the worker, and its end tells so. */
  send(order: Order): void {
    this.#child.send(order, () => {});
  }

  dismiss(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
