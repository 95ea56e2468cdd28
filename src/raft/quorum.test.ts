// Quorum arithmetic against brute force: every rule is checked by looking at all subsets.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { isQuorumOf, subsetsOf } from "../simulator/index.ts";
import type { Membership } from "./membership.ts";
import { completeQuorum, countVotes, isQuorum, majorityOf, quorumValue } from "./quorum.ts";

const everybody = ["1", "2", "3", "4", "5", "6", "7"];
const someIds = fc.subarray(everybody);

/** Any configuration, joint or not, with learners among those who do not vote. */
const memberships = fc
  .record({ voters: fc.subarray(everybody, { minLength: 1 }), votersOutgoing: someIds, others: someIds })
  .map(({ voters, votersOutgoing, others }): Membership => {
    const learners = others.filter((id) => !voters.includes(id) && !votersOutgoing.includes(id));
    return { voters, votersOutgoing, learners, learnersNext: [] };
  });

test("a majority is the smallest number of which two always overlap", () => {
  for (let count = 1; count <= 20; count++) {
    assert.ok(2 * majorityOf(count) > count);
    assert.ok(2 * (majorityOf(count) - 1) <= count);
  }
});

test("isQuorum agrees with counting heads, for every subset", () => {
  fc.assert(
    fc.property(memberships, (membership) => {
      for (const subset of subsetsOf(everybody)) {
        const ids = new Set(subset);
        assert.equal(isQuorum(membership, ids), isQuorumOf(membership, ids), `${subset}`);
      }
    }),
    { numRuns: 60 },
  );
});

test("quorumValue is the highest value that a quorum has reached", () => {
  const values = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 7, maxLength: 7 });
  fc.assert(
    fc.property(memberships, values, (membership, reached) => {
      const valueOfId = (id: string) => reached[everybody.indexOf(id)] ?? 0;
      const reachedByQuorum = [0, 1, 2, 3, 4, 5, 6].filter((value) => {
        return isQuorumOf(membership, new Set(everybody.filter((id) => valueOfId(id) >= value)));
      });
      assert.equal(quorumValue(membership, valueOfId), Math.max(...reachedByQuorum));
    }),
    { numRuns: 2000 },
  );
});

test("an election is won by a quorum, and lost when no quorum is possible any more", () => {
  const answers = fc.array(fc.constantFrom(true, false, undefined), { minLength: 7, maxLength: 7 });
  fc.assert(
    fc.property(memberships, answers, (membership, given) => {
      const votes = new Map<string, boolean>();
      for (const [at, id] of everybody.entries()) {
        const answer = given[at];
        if (answer !== undefined) votes.set(id, answer);
      }
      const granted = new Set(everybody.filter((id) => votes.get(id) === true));
      const possible = new Set(everybody.filter((id) => votes.get(id) !== false));
      const open = isQuorumOf(membership, possible) ? "pending" : "lost";
      assert.equal(countVotes(membership, votes), isQuorumOf(membership, granted) ? "won" : open);
    }),
    { numRuns: 3000 },
  );
});

test("completeQuorum chooses, in order, no more than it takes", () => {
  const candidateLists = fc.tuple(someIds, fc.array(fc.constantFrom(...everybody), { maxLength: 9 }));
  fc.assert(
    fc.property(memberships, candidateLists, (membership, [covered, candidates]) => {
      const chosen = completeQuorum(membership, new Set(covered), candidates);
      const order = [...new Set(candidates)].filter((id) => chosen.includes(id));
      assert.deepEqual(chosen, order, "each once, in the candidates' order");
      assert.ok(!chosen.some((id) => covered.includes(id)), "who is covered need not be asked");

      const together = new Set([...covered, ...chosen]);
      for (const half of [membership.voters, membership.votersOutgoing].filter((voters) => voters.length > 0)) {
        const reachable = half.filter((id) => covered.includes(id) || candidates.includes(id)).length;
        const reached = half.filter((id) => together.has(id)).length;
        assert.ok(reached >= Math.min(majorityOf(half.length), reachable), "as near to a majority as can be");
      }
      const last = chosen.at(-1);
      if (last !== undefined) {
        const withoutLast = new Set([...together].filter((id) => id !== last));
        assert.ok(!isQuorumOf(membership, withoutLast), "the last one was needed");
      }
    }),
    { numRuns: 3000 },
  );
});
