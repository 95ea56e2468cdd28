// The state of a shrinking: the smallest scenario that still fails the same way, and what trying costs.
import type { Action, Decision } from "../decisions.ts";
import type { Violation } from "../violation.ts";
import { runScenario, type Scenario } from "./scenario.ts";

/** What counts as the same failure: the same oracle with the same rule, or only the same oracle. */
export type Sameness = "rule" | "oracle";

/** Yields after every replay, so that whoever drives a shrinking can show it, and end it. */
export type Steps<Result> = Generator<void, Result, void>;

/** After a violation nothing matters; this much later the run may end. Virtual ms. */
const AFTERMATH_MS = 1;

export class Search {
  best: Scenario;
  violation: Violation;
  replays = 0;
  readonly #expected: Violation;
  readonly #same: Sameness;

  /** `violation` is what `start` is known to end in. */
  constructor(start: Scenario, violation: Violation, same: Sameness) {
    this.best = start;
    this.violation = violation;
    this.#expected = violation;
    this.#same = same;
  }

  /** Replays a candidate; one that fails the same way is the best from now on. */
  *attempt(candidate: Scenario): Steps<boolean> {
    this.replays++;
    const { violation } = runScenario(candidate);
    const fails = violation !== undefined && this.#isSame(violation);
    if (fails) {
      this.violation = violation;
      this.best = withoutAftermath(candidate, violation);
    }
    yield;
    return fails;
  }

  /** Tries the best with other decisions. */
  *attemptDecisions(decisions: readonly Decision[]): Steps<boolean> {
    return yield* this.attempt({ ...this.best, decisions });
  }

  #isSame({ oracle, rule }: Violation): boolean {
    return oracle === this.#expected.oracle && (this.#same === "oracle" || rule === this.#expected.rule);
  }
}

/** The run ends at its violation; the history is judged later than everything else, so nothing can be said of when it went wrong. */
function withoutAftermath(scenario: Scenario, { oracle, at }: Violation): Scenario {
  const safetyMs = Math.ceil(at) + AFTERMATH_MS;
  if (scenario.liveness || oracle === "linearizability" || safetyMs >= scenario.settings.safetyMs) return scenario;
  return endingAt(scenario, safetyMs);
}

/** The same scenario with a shorter safety phase. */
export function endingAt({ settings, decisions, ...rest }: Scenario, safetyMs: number): Scenario {
  return {
    ...rest,
    settings: { ...settings, safetyMs },
    decisions: decisions.filter((decision) => !isAction(decision) || decision.at <= safetyMs),
  };
}

/** Whether a decision has a time of its own. */
export function isAction(decision: Decision): decision is Action {
  return "at" in decision;
}
