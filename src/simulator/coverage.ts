// How often the interesting things happened: a run that never reached one of them has not tested it.

/** What must happen at least once over the seeds of a campaign: a claim about a situation that never came about is no claim. */
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
  "operations begun",
  "operations answered",
  "operations of unknown outcome",
  "operations that failed for certain",
  "attempts repeated",
  "operations committed twice, applied once",
  "reads by lease",
  "reads by round",
  "reads forwarded by followers",
  "reads refused",
  "writes refused by limits",
  "crashes at any time",
  "crashes before sending",
  "crashes before persisting",
  "crashes after persisting",
  "crashes before applying",
  "crashes after applying",
  "crashes while writing",
  "crashes of many at once",
  "syncs failed",
  "un-synced writes lost",
  "un-synced writes kept",
  "un-synced writes torn",
  "torn tails cut off",
  "disks lost",
  "restarts",
  "pauses",
  "partitions",
  "partitions in one direction",
  "partitions with a bridge",
  "partitions in a ring",
  "partitions one by one",
  "links clogged",
  "leaders cut off and read from",
  "messages lost",
  "messages lost in a partition",
  "messages doubled",
  "messages held",
  "held messages released by a change of leader",
  "messages of older terms received",
  "liveness with outsiders",
  "followers cut off from the leader alone",
  "histories linearizable",
  "histories too hard to check",
] as const;

export type Situation = (typeof situations)[number];

/** How often each situation came about; those that did not are absent. */
export type Coverage = Readonly<Partial<Record<Situation, number>>>;

/** Situations that a campaign is better off without: that they never came about says nothing bad. */
export const unwanted: readonly Situation[] = ["histories too hard to check"];

/** Counts the situations of one run. */
export class CoverageCounter {
  readonly #counts = new Map<Situation, number>();

  note(situation: Situation, times = 1): void {
    this.#counts.set(situation, (this.#counts.get(situation) ?? 0) + times);
  }

  counts(): Coverage {
    return Object.fromEntries(this.#counts);
  }
}

/** The sum of two runs. */
export function addCoverage(one: Coverage, other: Coverage): Coverage {
  const sum: Partial<Record<Situation, number>> = { ...one };
  for (const situation of situations) {
    const times = other[situation];
    if (times !== undefined) sum[situation] = (sum[situation] ?? 0) + times;
  }
  return sum;
}
