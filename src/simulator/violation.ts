// A rule that was broken: who noticed, which rule, and what happened, in words.

/** Who noticed: the ghost that knows everything, the clients' history, the replicas' state hashes, the liveness phase, or an assertion. */
export type Oracle = "ghost" | "linearizability" | "state-hash" | "liveness" | "assertion";

/** A broken rule, as a report tells it. */
export interface Violation {
  readonly oracle: Oracle;
  /** Short and stable, for example "R9 own-term commit". */
  readonly rule: string;
  /** What happened, in words. */
  readonly detail: string;
  /** Virtual ms since the run began. */
  readonly at: number;
}

/** Thrown where a rule is found broken; simulateSeed makes a Violation of it. */
export class RuleBroken extends Error {
  override readonly name = "RuleBroken";
  readonly oracle: Oracle;
  readonly rule: string;

  constructor(oracle: Oracle, rule: string, detail: string) {
    super(detail);
    this.oracle = oracle;
    this.rule = rule;
  }
}
