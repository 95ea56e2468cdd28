// Makes the run shorter: it ends sooner, and less time passes between what happens in it.
import type { Decision } from "../decisions.ts";
import type { Scenario } from "./scenario.ts";
import { endingAt, isAction, type Search, type Steps } from "./search.ts";

/** Shares of the safety phase that may be enough, the shortest first. */
const SHARES = [0, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4];

/** Leaves out the liveness phase, and ends the safety phase as early as it can. */
export function* endSooner(search: Search): Steps<void> {
  if (search.best.liveness) yield* search.attempt({ ...search.best, liveness: false });
  const { safetyMs } = search.best.settings;
  for (const share of SHARES) {
    const shorter = Math.ceil(safetyMs * share);
    if (shorter < safetyMs && (yield* search.attempt(endingAt(search.best, shorter)))) return;
  }
}

/** Lets actions follow each other sooner; all that come later move with them. */
export function* closeGaps(search: Search): Steps<void> {
  for (let at = 0; at < actionTimes(search.best).length; at++) {
    for (const share of [1, 0.5]) {
      const times = actionTimes(search.best);
      const [before = 0, here = 0] = [times[at - 1], times[at]];
      const cut = Math.floor((here - before) * share);
      if (cut >= 1 && (yield* search.attempt(shifted(search.best, { from: here, by: -cut })))) break;
    }
  }
}

/** The times of actions, ascending, each once; then the end of the safety phase. */
function actionTimes({ decisions, settings }: Scenario): readonly number[] {
  const times = decisions.filter(isAction).map(({ at }) => at);
  return [...new Set([...times, settings.safetyMs])].sort((one, other) => one - other);
}

/** Moves all actions at or after a time, and the end. */
function shifted(scenario: Scenario, { from, by }: { from: number; by: number }): Scenario {
  const move = (decision: Decision): Decision => {
    return isAction(decision) && decision.at >= from ? { ...decision, at: decision.at + by } : decision;
  };
  const { settings, decisions } = scenario;
  return {
    ...scenario,
    settings: { ...settings, safetyMs: Math.max(1, settings.safetyMs + by) },
    decisions: decisions.map(move),
  };
}
