// The share of questions that followers answer: what moves it, what does not, and from where on links count as lossy.
import assert from "node:assert/strict";
import test from "node:test";
import { linksAreLossy, noteAnswered, noteUnanswered } from "./link-quality.ts";
import { newProgress } from "./progress.ts";
import type { LeaderState } from "./state/leader-state.ts";

function leaderWith(answeredShare: number): LeaderState {
  return {
    progress: new Map(),
    termStartIndex: 1,
    pendingReads: [],
    round: 0,
    answeredShare,
    transfer: undefined,
    leaseForfeited: false,
  };
}

test("an answer that was awaited raises the share towards 1, one that was not says nothing", () => {
  const leader = leaderWith(0.5);
  noteAnswered(leader, newProgress(1));
  assert.equal(leader.answeredShare, 0.5);
  noteAnswered(leader, { ...newProgress(1), awaitingTicks: 0 });
  assert.ok(leader.answeredShare > 0.5 && leader.answeredShare < 0.6);
  for (let more = 0; more < 1000; more++) noteAnswered(leader, { ...newProgress(1), awaitingTicks: 0 });
  assert.ok(leader.answeredShare > 0.99 && leader.answeredShare <= 1);
});

test("a missing answer of a living follower lowers the share towards 0, one of a silent follower says nothing about links", () => {
  const leader = leaderWith(0.5);
  noteUnanswered(leader, { ...newProgress(1), responsive: false });
  assert.equal(leader.answeredShare, 0.5);
  noteUnanswered(leader, newProgress(1));
  assert.ok(leader.answeredShare < 0.5 && leader.answeredShare > 0.4);
  for (let more = 0; more < 1000; more++) noteUnanswered(leader, newProgress(1));
  assert.ok(leader.answeredShare < 0.01 && leader.answeredShare >= 0);
});

test("links are lossy when less than half of the questions are answered", () => {
  assert.equal(linksAreLossy(leaderWith(0.5)), false);
  assert.equal(linksAreLossy(leaderWith(0.49)), true);
});
