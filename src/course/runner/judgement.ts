// What a finished world comes to: everything in a result but who ran where.
import { checkRun } from "./checks.ts";
import type { CourseConfig } from "./config.ts";
import type { RunResult } from "./result.ts";
import { scoreRun } from "./scoring.ts";
import type { WorldOutcome } from "./world.ts";

type Judgement = Pick<RunResult, "passed" | "checks" | "scores" | "verdicts" | "statistics" | "operations">;

/** Judges a run: it has passed when all checks have. */
export function judge(config: CourseConfig, outcome: WorldOutcome): Judgement {
  const { verdicts, statistics, operations } = outcome;
  const checks = checkRun(config, outcome);
  const passed = checks.every((check) => check.passed);
  return { passed, checks, scores: scoreRun(config, statistics), verdicts, statistics, operations };
}
