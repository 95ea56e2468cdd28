// How often the interesting things happened: a run that never reached one of them has not tested it.

/** What must have happened at least once over the seeds of a whole test run. */
export const situations = [
  "elections won",
  "elections won by transfer",
  "candidates that failed",
  "leaders that stepped down by CheckQuorum",
  "leaders removed by a committed change",
  "entries committed",
  "commits by a joint configuration",
  "entries of earlier terms committed",
  "follower logs truncated",
  "snapshots taken",
  "snapshots installed",
  "snapshot chunks sent",
  "joint configurations begun",
  "joint configurations left",
  "single-server changes",
  "learners added",
  "learners promoted",
  "changes refused while one is under way",
  "transfers begun",
  "reads by lease",
  "reads by round",
  "reads forwarded by followers",
  "reads refused",
  "proposals refused by limits",
  "crashes at any time",
  "crashes before sending",
  "crashes before persisting",
  "crashes after persisting",
  "crashes before applying",
  "crashes after applying",
  "restarts",
  "pauses",
  "partitions",
  "one-way partitions",
  "leaders cut off and read from",
  "messages lost",
  "messages doubled",
  "messages held",
  "messages of older terms received",
] as const;

export type Situation = (typeof situations)[number];

/** Counts of situations, over one run or many. */
export class Coverage {
  readonly #counts = new Map<Situation, number>();

  note(situation: Situation, times = 1): void {
    this.#counts.set(situation, (this.#counts.get(situation) ?? 0) + times);
  }
  add(other: Coverage): void {
    for (const [situation, times] of other.#counts) this.note(situation, times);
  }
  of(situation: Situation): number {
    return this.#counts.get(situation) ?? 0;
  }
  /** One line for each situation that happened. */
  lines(): string[] {
    const happened = situations.filter((situation) => this.of(situation) > 0);
    return happened.map((situation) => `${String(this.of(situation)).padStart(9)}  ${situation}`);
  }
}
