// Changes of the membership: any two configurations that can be active together have overlapping quorums, by brute force.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { haveDisjointQuorums } from "../simulator/index.ts";
import {
  changeMembership,
  isJoint,
  isVoter,
  leaveJoint,
  type Membership,
  type MembershipChange,
  members,
  membershipOf,
  sameMembership,
} from "./membership.ts";
import { MembershipHistory } from "./membership-history.ts";

const everybody = ["1", "2", "3", "4", "5", "6", "7"];

const settled = fc
  .record({ voters: fc.subarray(everybody, { minLength: 1 }), others: fc.subarray(everybody) })
  .map(({ voters, others }) => {
    return membershipOf(
      voters,
      others.filter((id) => !voters.includes(id)),
    );
  });

const changeLists: fc.Arbitrary<MembershipChange[]> = fc.array(
  fc.record({ type: fc.constantFrom("add-voter", "add-learner", "remove"), id: fc.constantFrom(...everybody, "") }),
  { maxLength: 5 },
);

/** What the changes ask for, by the letter; undefined: they are not allowed. */
function wanted(current: Membership, changes: readonly MembershipChange[]): Membership | undefined {
  let { voters, learners } = current;
  if (new Set(changes.map(({ id }) => id)).size < changes.length) return undefined;
  for (const { type, id } of changes) {
    if (id === "" || (type === "remove" && !members(current).includes(id))) return undefined;
    voters = voters.filter((each) => each !== id);
    learners = learners.filter((each) => each !== id);
    if (type === "add-voter") voters = [...voters, id];
    if (type === "add-learner") learners = [...learners, id];
  }
  const result = membershipOf(voters, learners);
  return voters.length === 0 || sameMembership(result, current) ? undefined : result;
}

function assertWellFormed({ voters, votersOutgoing, learners, learnersNext }: Membership): void {
  assert.ok(voters.length > 0);
  for (const list of [voters, votersOutgoing, learners, learnersNext]) {
    assert.deepEqual(list, [...new Set(list)].sort(), "sorted, without repetition");
  }
  assert.ok(!learners.some((id) => voters.includes(id) || votersOutgoing.includes(id)), "a learner has no vote");
  assert.ok(
    learnersNext.every((id) => votersOutgoing.includes(id) && !voters.includes(id)),
    "who becomes learner votes on",
  );
}

test("a change leads to what was asked for, and quorums overlap on the way", () => {
  fc.assert(
    fc.property(settled, changeLists, (current, changes) => {
      const result = changeMembership(current, changes);
      const target = wanted(current, changes);
      assert.equal(result.ok, target !== undefined, JSON.stringify(result));
      if (!result.ok || target === undefined) return;
      assertWellFormed(result.membership);
      assert.ok(!haveDisjointQuorums(current, result.membership), "old and new");
      if (!isJoint(result.membership)) {
        assert.deepEqual(result.membership, target);
        return;
      }
      assert.deepEqual(result.membership.votersOutgoing, current.voters);
      const left = leaveJoint(result.membership);
      assertWellFormed(left);
      assert.deepEqual(left, target);
      assert.ok(!haveDisjointQuorums(result.membership, left), "joint and new");
    }),
    { numRuns: 3000 },
  );
});

test("a change of one voter needs no joint configuration", () => {
  fc.assert(
    fc.property(settled, changeLists, (current, changes) => {
      const result = changeMembership(current, changes);
      if (!result.ok || !isJoint(result.membership)) return;
      const { voters, votersOutgoing } = result.membership;
      const added = voters.filter((id) => !votersOutgoing.includes(id));
      const removed = votersOutgoing.filter((id) => !voters.includes(id));
      assert.ok(added.length + removed.length > 1);
    }),
    { numRuns: 3000 },
  );
});

test("a joint configuration is left before anything else changes", () => {
  const joint: Membership = { voters: ["1", "4"], votersOutgoing: ["1", "2", "3"], learners: [], learnersNext: ["3"] };
  assert.deepEqual(changeMembership(joint, [{ type: "remove", id: "4" }]), {
    ok: false,
    reason: "a joint configuration must be left first",
  });
  assert.deepEqual(leaveJoint(joint), membershipOf(["1", "4"], ["3"]));
  assert.throws(() => leaveJoint(membershipOf(["1"])), /only a joint configuration/);
});

test("voters of both halves vote, learners do not, all are members", () => {
  const joint: Membership = { voters: ["2"], votersOutgoing: ["1"], learners: ["3"], learnersNext: ["1"] };
  assert.deepEqual(
    ["1", "2", "3", "4"].map((id) => isVoter(joint, id)),
    [true, true, false, false],
  );
  assert.deepEqual(members(joint), ["1", "2", "3"]);
});

/** A history as a plain list of [index, number]; the number stands for a membership. */
type Model = { readonly index: number; readonly size: number }[];

test("the history gives the membership at every index, through truncation and compaction", () => {
  const steps = fc.array(
    fc.record({ act: fc.constantFrom("append", "truncate", "compact", "restore"), by: fc.integer({ min: 1, max: 5 }) }),
    { maxLength: 25 },
  );
  const ofSize = (size: number) => membershipOf(Array.from({ length: size }, (_, at) => `${at}`));
  fc.assert(
    fc.property(steps, (list) => {
      const history = new MembershipHistory({ index: 0, membership: ofSize(1) });
      let model: Model = [{ index: 0, size: 1 }];
      let size = 1;
      for (const { act, by } of list) {
        const [base, last] = [model[0]?.index ?? 0, model.at(-1)?.index ?? 0];
        const index = act === "append" || act === "restore" ? last + by : base + by;
        const held = model.findLast((step) => step.index <= index)?.size ?? 0;
        if (act === "append") {
          history.append({ index, membership: ofSize(++size) });
          model = [...model, { index, size }];
        } else if (act === "truncate") {
          history.truncateFrom(index);
          model = model.filter((step) => step.index < index);
        } else if (act === "compact") {
          history.compactTo(index);
          model = [{ index, size: held }, ...model.filter((step) => step.index > index)];
        } else {
          history.restore({ index, membership: ofSize(++size) });
          model = [{ index, size }];
        }
        const [first, current] = [model[0], model.at(-1)];
        assert.deepEqual(history.current.voters.length, current?.size);
        assert.equal(history.currentIndex, current?.index);
        for (let at = first?.index ?? 0; at < last + 7; at++) {
          assert.equal(history.at(at).voters.length, model.findLast((step) => step.index <= at)?.size, `at ${at}`);
        }
      }
    }),
    { numRuns: 3000 },
  );
});
