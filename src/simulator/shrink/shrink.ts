// Shrinks a failing run: from everything that a seed chose to the little that the failure needs.
import type { Violation } from "../violation.ts";
import { removeClasses, removeDecisions } from "./classes.ts";
import { removeClients, removeCuts, removeNodes } from "./cluster.ts";
import { plainSettings } from "./knobs.ts";
import { plainDecisions } from "./numbers.ts";
import { runScenario, type Scenario } from "./scenario.ts";
import { type Sameness, Search, type Steps } from "./search.ts";
import { closeGaps, endSooner } from "./time.ts";

export interface ShrinkOptions {
  /** What must stay the same; by default the rule. */
  readonly same?: Sameness;
  /** No further replay is begun when so many have been made. */
  readonly replaysMax?: number;
}

/** How far a shrinking is. */
export interface ShrinkProgress {
  /** What is being tried, for people. */
  readonly stage: string;
  readonly replays: number;
  /** The smallest that still fails. */
  readonly best: Scenario;
  readonly violation: Violation;
}

/** Its end. */
export interface ShrinkResult extends ShrinkProgress {
  /** Nothing is left to try; false: the budget was spent. */
  readonly complete: boolean;
}

const STAGES: readonly (readonly [string, (search: Search) => Steps<void>])[] = [
  ["a shorter run", endSooner],
  ["classes of decisions", removeClasses],
  ["a shorter run", endSooner],
  ["single decisions", removeDecisions],
  ["replicas", removeNodes],
  ["clients", removeClients],
  ["gaps in time", closeGaps],
  ["settings", plainSettings],
  ["cut links", removeCuts],
  ["round numbers", plainDecisions],
];

/** The stages are gone through at most so often: each may make room for the others. */
const ROUNDS_MAX = 4;

/**
 * Shrinks a scenario step by step; yields after every replay, so that the caller may show it and may end it: the last progress holds
 * the best so far. Returns undefined when the scenario breaks no rule.
 */
export function* shrinking(
  start: Scenario,
  { same = "rule", replaysMax = Number.POSITIVE_INFINITY }: ShrinkOptions = {},
): Generator<ShrinkProgress, ShrinkResult | undefined, void> {
  const { violation } = runScenario(start);
  if (violation === undefined) return undefined;
  const search = new Search(start, violation, same);
  const progress = (stage: string): ShrinkProgress => {
    return { stage, replays: search.replays, best: search.best, violation: search.violation };
  };
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const before = search.best;
    for (const [stage, steps] of STAGES) {
      for (const _ of steps(search)) {
        yield progress(stage);
        if (search.replays >= replaysMax) return { ...progress(stage), complete: false };
      }
    }
    if (search.best === before) break;
  }
  return { ...progress("done"), complete: true };
}

/** Shrinks a scenario in one go. Returns undefined when it breaks no rule. */
export function shrink(start: Scenario, options: ShrinkOptions = {}): ShrinkResult | undefined {
  const steps = shrinking(start, options);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
