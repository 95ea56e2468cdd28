// Ranges of seeds against sets of numbers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Prng } from "../../base/index.ts";
import { formatSeedRange, parseSeedRange, SeedSet } from "./seed-ranges.ts";

test("reads ranges and single seeds, and writes them as they were", () => {
  for (const text of ["1..1000", "0..0", "7", "999999999999"]) {
    const { from, to } = parseSeedRange(text);
    assert.equal(formatSeedRange({ from, to }), text === "0..0" ? "0" : text);
  }
});

for (const [text, reason] of [
  ["9..3", /ends before it begins.*3\.\.9/],
  ["1..", /a range as 1\.\.1000/],
  ["-4", /a range/],
  ["1...5", /a range/],
  ["a..b", /a range/],
  ["1..9999999999999", /12 digits/],
  ["", /a range/],
] as const) {
  test(`"${text}" is refused`, () => assert.throws(() => parseSeedRange(text), reason));
}

test("a set of seeds holds what was added, in any order, as whole ranges", () => {
  const seed = process.env["KEELSON_SEED"] ?? "1";
  const prng = new Prng(seed);
  for (let round = 0; round < 200; round++) {
    const set = new SeedSet(prng.chance(0.3) ? [{ from: 5, to: 9 }] : []);
    const expected = new Set(set.size === 0 ? [] : [5, 6, 7, 8, 9]);
    for (const each of prng
      .shuffle(Array.from({ length: 20 }, (_, at) => at))
      .slice(0, prng.integer({ from: 1, to: 20 }))) {
      set.add(each);
      expected.add(each);
    }
    const inSet = Array.from({ length: 22 }, (_, at) => at).filter((each) => set.has(each));
    const context = `KEELSON_SEED=${seed}, round ${round}`;
    assert.deepEqual(
      inSet,
      [...expected].sort((one, other) => one - other),
      context,
    );
    assert.equal(set.size, expected.size, context);
    assert.equal(set.countIn({ from: 3, to: 12 }), inSet.filter((each) => each >= 3 && each <= 12).length, context);
    const { ranges } = set;
    ranges.forEach(({ from, to }, at) => {
      assert.ok(from <= to && (at === 0 || from > (ranges[at - 1]?.to ?? 0) + 1), `${context}: ${set}`);
    });
  }
});
