// What the leader knows of a follower: flow control against a naive list, and invariants that no sequence of answers may break.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import {
  advanceMatch,
  becomeProbe,
  becomeReplicate,
  becomeSnapshot,
  heardFrom,
  Inflights,
  newProgress,
  type Progress,
} from "./progress.ts";

test("inflights count and weigh what is under way, and are full at either limit", () => {
  const steps = fc.array(
    fc.record({ act: fc.constantFrom("add", "free", "clear"), bytes: fc.nat(100), back: fc.nat(6) }),
    { maxLength: 40 },
  );
  const limits = fc.record({
    inflightMessagesMax: fc.integer({ min: 1, max: 6 }),
    inflightBytesMax: fc.integer({ min: 1, max: 300 }),
  });
  fc.assert(
    fc.property(steps, limits, (list, bounds) => {
      const inflights = new Inflights();
      let model: { lastIndex: number; bytes: number }[] = [];
      let lastIndex = 0;
      for (const { act, bytes, back } of list) {
        if (act === "add") {
          lastIndex++;
          inflights.add({ lastIndex, bytes });
          model.push({ lastIndex, bytes });
        } else if (act === "free") {
          inflights.freeTo(lastIndex - back);
          model = model.filter((message) => message.lastIndex > lastIndex - back);
        } else {
          inflights.clear();
          model = [];
        }
        const weight = model.reduce((sum, message) => sum + message.bytes, 0);
        assert.equal(inflights.count, model.length);
        const full = model.length >= bounds.inflightMessagesMax || weight >= bounds.inflightBytesMax;
        assert.equal(inflights.isFull(bounds), full, `${model.length} messages, ${weight} bytes`);
      }
    }),
    { numRuns: 3000 },
  );
});

const snapshot = {
  lastIncludedIndex: 3,
  lastIncludedTerm: 1,
  membership: { voters: ["1"], votersOutgoing: [], learners: [], learnersNext: [] },
  state: new Uint8Array(),
};

function assertInvariants(progress: Progress): void {
  assert.ok(progress.matchIndex >= 0 && progress.matchIndex < progress.nextIndex, "0 <= matchIndex < nextIndex");
  assert.ok(progress.state === "replicate" || progress.inflights.count === 0, "only pipelining has inflights");
  assert.equal(progress.state === "snapshot", progress.transfer !== undefined, "a transfer belongs to state snapshot");
}

test("no sequence of answers breaks the invariants, and stale answers change nothing that is known", () => {
  const steps = fc.array(
    fc.record({ act: fc.constantFrom("send", "match", "probe", "replicate", "snapshot", "hear"), value: fc.nat(20) }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 }), steps, (nextIndex, list) => {
      const progress = newProgress(nextIndex);
      for (const { act, value } of list) {
        const { matchIndex, ackedSentAt, ackedRound } = progress;
        if (act === "send" && progress.state === "replicate") {
          progress.nextIndex++;
          progress.inflights.add({ lastIndex: progress.nextIndex - 1, bytes: value });
        }
        if (act === "match") assert.equal(advanceMatch(progress, value), value > matchIndex, "news is what is new");
        if (act === "probe") becomeProbe(progress, matchIndex + 1 + value);
        if (act === "replicate") becomeReplicate(progress);
        if (act === "snapshot") becomeSnapshot(progress, snapshot);
        if (act === "hear") {
          heardFrom(progress, { sentAt: value, round: value });
          assert.equal(progress.ticksSinceHeard, 0);
          assert.equal(progress.misses, 0);
        }
        assertInvariants(progress);
        assert.ok(progress.matchIndex >= matchIndex, "matchIndex never falls");
        assert.ok(progress.ackedSentAt >= ackedSentAt && progress.ackedRound >= ackedRound, "proofs never fall");
      }
    }),
    { numRuns: 3000 },
  );
});

test("a follower cannot be probed before what it is known to hold", () => {
  const progress = newProgress(5);
  advanceMatch(progress, 4);
  assert.throws(() => becomeProbe(progress, 4), /nextIndex stays above matchIndex/);
});
