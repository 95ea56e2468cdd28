// How often followers answer: thrifty replication is thrifty only while it mostly succeeds at the first attempt.
import type { Progress } from "./progress.ts";
import type { LeaderState } from "./state/leader-state.ts";

/** Each observation weighs this much; older ones fade. */
const weight = 0.04;

/** An answer came to something that wanted one. */
export function noteAnswered(leader: LeaderState, progress: Progress): void {
  if (progress.awaitingTicks !== undefined) leader.answeredShare += weight * (1 - leader.answeredShare);
}

/** Something that wanted an answer is taken for lost; of a follower that is dead or cut off that says nothing about the links. */
export function noteUnanswered(leader: LeaderState, progress: Progress): void {
  if (progress.responsive) leader.answeredShare -= weight * leader.answeredShare;
}

/** Whether every second question stays open: then a bare majority seldom answers as one, and everybody should be asked. */
export function linksAreLossy(leader: LeaderState): boolean {
  return leader.answeredShare < 0.5;
}
