// One seed from beginning to end: what to run, and what came of it.
import { AssertionError } from "../base/index.ts";
import type { TraceEvent } from "../trace/index.ts";
import { LivenessViolation, runSeed } from "./chaos.ts";
import type { Coverage } from "./coverage.ts";
import { SafetyViolation } from "./safety.ts";
import { drawSwarm } from "./swarm.ts";

/** Which of the oracles noticed. */
export type Oracle = "ghost" | "linearizability" | "state-hash" | "liveness" | "assertion";

/** A broken rule. */
export interface Violation {
  readonly oracle: Oracle;
  /** Short and stable, for example "R9 own-term commit". */
  readonly rule: string;
  /** What happened, in words. */
  readonly detail: string;
  /** Virtual ms since the run began. */
  readonly at: number;
}

export interface SimulateOptions {
  readonly trace?: (event: TraceEvent) => void;
}

/** What one seed gave. */
export interface SeedReport {
  readonly seed: string;
  readonly violation?: Violation;
  readonly coverage?: Coverage;
}

/** Runs one seed: faults, then healing and the proof that the cluster lives. A violation is in the report, never thrown. */
export function simulateSeed(seed: string, _options: SimulateOptions = {}): SeedReport {
  try {
    return { seed, coverage: runSeed(drawSwarm(seed)).coverage };
  } catch (error) {
    if (error instanceof SafetyViolation) return { seed, violation: violationBy("ghost", error) };
    if (error instanceof LivenessViolation) return { seed, violation: violationBy("liveness", error) };
    if (error instanceof AssertionError) return { seed, violation: violationBy("assertion", error) };
    throw error;
  }
}

function violationBy(oracle: Oracle, { message }: Error): Violation {
  return { oracle, rule: message, detail: message, at: 0 };
}
