// Runs in a worker: patches what it loads, looks for the first of some seeds that is violated, and shrinks it.
import { parentPort, workerData } from "node:worker_threads";
import type { Scenario, Violation } from "../../src/simulator/index.ts";
import { patchModules } from "../mutations/patched-modules.ts";
import type { Patch } from "../mutations/planted-bug.ts";

/** What a worker is to do. */
export interface ShrinkTask {
  readonly patches: readonly Patch[];
  readonly seeds: readonly string[];
  /** Shrinking ends after so much processor time of this thread, with the best so far. */
  readonly limitMs: number;
}

/** What came of it; `shrunk` is absent when no seed was violated. */
export interface ShrinkNews {
  readonly seeds: number;
  readonly shrunk?: {
    readonly scenario: Scenario;
    readonly violation: Violation;
    /** Decisions before. */
    readonly recorded: number;
    readonly replays: number;
    readonly complete: boolean;
    /** Processor time of this thread: other work on the machine does not count. */
    readonly cpuMs: number;
  };
}

const { patches, seeds, limitMs } = workerData as ShrinkTask;
patchModules(patches);
const { scenarioOf, shrinking, simulateSeed } = await import("../../src/simulator/index.ts");
parentPort?.postMessage(hunt());

function hunt(): ShrinkNews {
  for (const [at, seed] of seeds.entries()) {
    const report = simulateSeed(seed, { record: true });
    if (report.violation === undefined) continue;
    const began = cpuMs();
    const steps = shrinking(scenarioOf(report));
    let step = steps.next();
    while (step.done !== true && cpuMs() - began < limitMs) step = steps.next();
    const last = step.value;
    if (last === undefined) throw new Error(`seed ${seed} fails when it is drawn and passes when it is replayed`);
    const { best: scenario, violation, replays } = last;
    const recorded = report.decisions?.length ?? 0;
    const complete = step.done === true;
    return { seeds: at + 1, shrunk: { scenario, violation, recorded, replays, complete, cpuMs: cpuMs() - began } };
  }
  return { seeds: seeds.length };
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
