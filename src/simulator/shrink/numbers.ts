// Makes single decisions plainer: round and small numbers, no damage, messages lost rather than late.
import type { Decision } from "../decisions.ts";
import type { Search, Steps } from "./search.ts";

/** Tries plainer forms of each decision, the plainest first, until one is accepted. */
export function* plainDecisions(search: Search): Steps<void> {
  yield* search.attemptDecisions(search.best.decisions.map(rounded));
  for (let at = 0; at < search.best.decisions.length; at++) {
    const decision = search.best.decisions[at];
    if (decision === undefined) continue;
    for (const plainer of plainerForms(decision)) {
      const decisions = search.best.decisions.map((each, place) => (place === at ? plainer : each));
      if (yield* search.attemptDecisions(decisions)) break;
    }
  }
}

/** All times in whole ms. */
function rounded(decision: Decision): Decision {
  return withNumbers(decision, Math.round);
}

/** The decision with another value in place of each of its times. */
function withNumbers(decision: Decision, change: (ms: number) => number): Decision {
  const timed = "at" in decision ? { ...decision, at: change(decision.at) } : decision;
  if ("ms" in timed) return { ...timed, ms: change(timed.ms) };
  if ("downMs" in timed) return { ...timed, downMs: change(timed.downMs) };
  if (timed.type === "message") return { ...timed, arrivesAfter: timed.arrivesAfter.map(change) };
  return timed;
}

/** Forms that are easier to read, the easiest first. None that the decision already has, and none that follows a plainer one in value. */
function plainerForms(decision: Decision): readonly Decision[] {
  if (decision.type === "message") return plainerMessages(decision);
  const undamaged: Decision[] = [];
  if ("damage" in decision) {
    const { damage: _, ...rest } = decision;
    undamaged.push(rest);
  }
  if ("downMs" in decision) {
    return [...undamaged, ...plainerNumbers(decision.downMs).map((downMs) => ({ ...decision, downMs }))];
  }
  if ("ms" in decision) return plainerNumbers(decision.ms).map((ms) => ({ ...decision, ms }));
  if ("at" in decision) return plainerTimes(decision.at).map((at) => ({ ...decision, at }));
  return undamaged;
}

function plainerMessages(decision: Extract<Decision, { type: "message" }>): readonly Decision[] {
  const { arrivesAfter } = decision;
  if (arrivesAfter.length === 0) return [];
  const [first = 0] = arrivesAfter;
  const singles = arrivesAfter.length > 1 ? arrivesAfter.map((each) => [each]) : [];
  const numbers = plainerNumbers(first).map((ms) => [ms, ...arrivesAfter.slice(1)]);
  return [[], ...singles, ...numbers].map((arrivals) => ({ ...decision, arrivesAfter: arrivals }));
}

/** Powers of ten below the value, then the value with one digit. */
function plainerNumbers(value: number): readonly number[] {
  const magnitude = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))));
  const candidates = [1, 10, 100, 1000, 10_000].filter((each) => each < value);
  const oneDigit = [Math.floor(value / magnitude), Math.ceil(value / magnitude)].map((digit) => digit * magnitude);
  return [...new Set([...candidates, ...oneDigit])].filter((each) => each !== value && each > 0);
}

/** The nearest round times. */
function plainerTimes(at: number): readonly number[] {
  const near = [1000, 100, 10].map((unit) => Math.round(at / unit) * unit);
  return [...new Set(near)].filter((each) => each !== at && each > 0);
}
