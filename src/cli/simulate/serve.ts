// A worker's loop: takes tasks from the process that started it, and ends when that process does.
import { type Answer, failedReport, type Job, type Order, type RunTask, type TaskReport } from "./job.ts";

/** Serves tasks over the channel of a forked process; `prepare` makes a job ready to run its tasks. */
export function serve(prepare: (job: Job) => RunTask): void {
  let run: RunTask = () => {
    throw new Error("a task came before its job");
  };
  process.on("message", (message: unknown) => {
    const order = message as Order; // the other end is our own
    if (order.type === "job") {
      run = prepare(order.job);
      answer({ type: "ready" });
    } else {
      const startedAt = performance.now();
      const report = runSafely(() => run(order.task));
      answer({ type: "report", report, busyMs: performance.now() - startedAt });
    }
  });
  // Ctrl-C reaches every process of the terminal; the one that started the workers decides when they end.
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit());
}

/** A run that throws is a finding about that seed, not the end of the worker. */
function runSafely(run: () => TaskReport): TaskReport {
  try {
    return run();
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return failedReport({ oracle: "exception", rule: "a run throws nothing", detail });
  }
}

function answer(message: Answer): void {
  process.send?.(message);
}
