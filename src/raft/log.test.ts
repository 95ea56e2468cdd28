// The log against a naive one: a plain list that never forgets where it began.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type Entry, entryBytes } from "./entry.ts";
import { RaftLog } from "./log.ts";

type Act = "append" | "replace" | "hand out" | "make durable" | "compact" | "restore";

const steps = fc.array(
  fc.record({
    act: fc.constantFrom<Act>("append", "append", "replace", "hand out", "make durable", "compact", "restore"),
    size: fc.integer({ min: 0, max: 4 }),
    newTerm: fc.boolean(),
  }),
  { maxLength: 40 },
);

/** The naive log: all entries there ever were up to now, and where the log begins, was handed out, and is durable. */
class Model {
  entries: Entry[] = [];
  base = { index: 0, term: 0 };
  handed = 0;
  durable = 0;

  get last(): number {
    return this.base.index + this.entries.length;
  }
  termAt(index: number): number | undefined {
    return index === this.base.index ? this.base.term : this.entries[index - this.base.index - 1]?.term;
  }
  get lastTerm(): number {
    return this.termAt(this.last) ?? 0;
  }
}

function freshEntries(from: number, { count, term }: { count: number; term: number }): Entry[] {
  return Array.from({ length: count }, (_, at) => {
    return { index: from + at, term, type: "command", command: new Uint8Array((from + at) % 3) };
  });
}

function apply(log: RaftLog, model: Model, { act, size, newTerm }: { act: Act; size: number; newTerm: boolean }): void {
  const term = model.lastTerm + (newTerm ? 1 : 0);
  switch (act) {
    case "append": {
      const entries = freshEntries(model.last + 1, { count: size, term: Math.max(1, term) });
      log.append(entries);
      model.entries.push(...entries);
      return;
    }
    case "replace": {
      const from = Math.max(model.base.index + 1, model.last - size);
      const entries = freshEntries(from, { count: 1, term: model.lastTerm + 1 });
      log.truncateFrom(from);
      log.append(entries);
      model.entries = [...model.entries.slice(0, from - model.base.index - 1), ...entries];
      model.handed = Math.min(model.handed, from - 1);
      model.durable = Math.min(model.durable, from - 1);
      return;
    }
    case "hand out":
      assert.deepEqual(log.takeUnhanded(), model.entries.slice(model.handed - model.base.index));
      model.handed = model.last;
      return;
    case "make durable": {
      const index = Math.max(model.base.index, model.handed - size);
      // An entry that has been replaced meanwhile does not count.
      log.markDurable({ index, term: (model.termAt(index) ?? 0) + (newTerm ? 1 : 0) });
      if (!newTerm) model.durable = Math.max(model.durable, index);
      return;
    }
    case "compact": {
      const index = Math.max(model.base.index, model.durable - size);
      const base = { index, term: model.termAt(index) ?? 0 };
      log.compactTo(index);
      model.entries = model.entries.slice(index - model.base.index);
      model.base = base;
      return;
    }
    case "restore":
      model.base = { index: model.last + size, term: model.lastTerm + 1 };
      model.entries = [];
      model.handed = model.base.index;
      model.durable = model.base.index;
      log.restore(model.base);
  }
}

function assertSame(log: RaftLog, model: Model): void {
  assert.equal(log.firstIndex, model.base.index + 1);
  assert.equal(log.lastIndex, model.last);
  assert.equal(log.lastTerm, model.lastTerm);
  assert.equal(log.handedIndex, model.handed);
  assert.equal(log.durableIndex, model.durable);
  for (let index = Math.max(0, model.base.index - 2); index <= model.last + 2; index++) {
    assert.equal(log.termAt(index), model.termAt(index), `term at ${index}`);
    const after = model.entries.filter((entry) => entry.index > index);
    if (index >= model.base.index && index <= model.last) {
      assert.equal(
        log.bytesAfter(index),
        after.reduce((sum, entry) => sum + entryBytes(entry), 0),
        `bytes after ${index}`,
      );
      assert.deepEqual(log.slice({ from: index + 1 }), after);
    }
  }
}

test("the log does what a plain list would do", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const log = new RaftLog({ index: 0, term: 0 });
      const model = new Model();
      for (const step of list) {
        apply(log, model, step);
        assertSame(log, model);
      }
    }),
    { numRuns: 3000 },
  );
});

test("a slice keeps its bounds, but is never empty when there is an entry", () => {
  const bounds = fc.record({
    count: fc.integer({ min: 0, max: 12 }),
    from: fc.integer({ min: 1, max: 14 }),
    to: fc.integer({ min: 0, max: 14 }),
    entriesMax: fc.integer({ min: 1, max: 5 }),
    bytesMax: fc.integer({ min: 1, max: 120 }),
  });
  fc.assert(
    fc.property(bounds, ({ count, from, to, entriesMax, bytesMax }) => {
      const entries = freshEntries(1, { count, term: 1 });
      const log = new RaftLog({ index: 0, term: 0 }, entries);
      const got = log.slice({ from, to, entriesMax, bytesMax });
      const all = entries.filter(({ index }) => index >= from && index <= to);
      assert.deepEqual(got, all.slice(0, got.length), "a prefix of what was asked for");
      assert.equal(got.length > 0, all.length > 0);
      assert.ok(got.length <= entriesMax);
      const bytes = (list: readonly Entry[]) => list.reduce((sum, entry) => sum + entryBytes(entry), 0);
      assert.ok(got.length <= 1 || bytes(got) <= bytesMax);
      const next = all[got.length];
      if (next !== undefined && got.length < entriesMax) assert.ok(bytes([...got, next]) > bytesMax, "as many as fit");
    }),
    { numRuns: 3000 },
  );
});

test("§5.3 going back never skips an index at which the logs agree", () => {
  // Two logs that agree up to a point, as Log Matching allows: the entries after it have other terms in each.
  const logs = fc.record({
    shared: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 6 }),
    mine: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 6 }),
    theirs: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 6 }),
  });
  fc.assert(
    fc.property(logs, ({ shared, mine, theirs }) => {
      const grow = (start: number[], steps: readonly number[], parity: number) => {
        const terms = [...start];
        // Even terms here, odd ones there: so the two never agree after the shared part.
        for (const step of steps) terms.push(2 * (Math.ceil((terms.at(-1) ?? 1) / 2) + step) + parity);
        return terms;
      };
      const common = grow([], shared, 0);
      const [ours, others] = [grow(common, mine, 0), grow(common, theirs, 1)];
      const logOf = (terms: readonly number[]) => {
        return new RaftLog(
          { index: 0, term: 0 },
          terms.map((term, at): Entry => ({ index: at + 1, term, type: "no-op" })),
        );
      };
      const [follower, leader] = [logOf(ours), logOf(others)];
      for (let refused = leader.lastIndex; refused > common.length; refused--) {
        const at = follower.lastPossibleAgreement({ index: refused, term: leader.termAt(refused) ?? 0 });
        const answer = { index: Math.min(at, refused - 1), term: follower.termAt(at) ?? 0 };
        const next = leader.lastPossibleAgreement(answer);
        assert.ok(next < refused, "every refusal makes progress");
        assert.ok(next >= common.length, `agreement at ${common.length} was skipped: ${next}`);
      }
    }),
    { numRuns: 2000 },
  );
});

test("§5.4.1 the log with the later last term is more up to date; with equal terms, the longer one", () => {
  const logs = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 6 }).map((terms) => terms.sort());
  fc.assert(
    fc.property(logs, logs, (mine, theirs) => {
      const log = new RaftLog(
        { index: 0, term: 0 },
        mine.map((term, at): Entry => ({ index: at + 1, term, type: "no-op" })),
      );
      const [myTerm, theirTerm] = [mine.at(-1) ?? 0, theirs.at(-1) ?? 0];
      const expected = theirTerm === myTerm ? theirs.length >= mine.length : theirTerm > myTerm;
      assert.equal(log.isUpToDate({ index: theirs.length, term: theirTerm }), expected);
    }),
  );
});

test("gaps, falling terms and cuts into the snapshot are refused", () => {
  const log = new RaftLog({ index: 5, term: 2 });
  assert.throws(() => log.append([{ index: 7, term: 2, type: "no-op" }]), /no gaps/);
  assert.throws(() => log.append([{ index: 6, term: 1, type: "no-op" }]), /terms never decrease/);
  assert.throws(() => log.truncateFrom(5), /snapshot cannot be truncated/);
  assert.throws(() => log.slice({ from: 5 }), /compacted entries/);
  log.append([{ index: 6, term: 2, type: "no-op" }]);
  assert.throws(() => log.compactTo(6), /only durable entries/);
});
