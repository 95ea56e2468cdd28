// The set of configurations against a plain set of texts, through random walks like those of a search.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigurationSet } from "./configurations.ts";

const SEED = Number(process.env["KEELSON_SEED"] ?? 20260718);

test("a configuration is new exactly once, wherever a walk places and removes operations", () => {
  const closed = 70;
  const open = 40;
  const toggle = fc.record({
    row: fc.oneof(
      fc.record({ open: fc.constant(false), operation: fc.constantFrom(0, 31, 40, 64, 69) }),
      fc.record({ open: fc.constant(true), operation: fc.constantFrom(0, 31, 32) }),
    ),
    state: fc.integer({ min: 0, max: 2 }),
  });
  let repeats = 0;
  fc.assert(
    fc.property(fc.array(toggle, { minLength: 50, maxLength: 200 }), (walk) => {
      const set = new ConfigurationSet({ closed, open, wordsMax: 1 << 20 });
      const placed = { closed: new Set<number>(), open: new Set<number>() };
      const seen = new Set<string>();
      // First a prefix of all ones, so that whole words are full.
      for (let operation = 0; operation < 64; operation++) {
        set.placeClosed(operation);
        placed.closed.add(operation);
      }
      for (const { row, state } of walk) {
        toggleRow(set, placed, row);
        const sorted = [placed.closed, placed.open].map((members) => [...members].sort((left, right) => left - right));
        const name = JSON.stringify([state, ...sorted]);
        if (seen.has(name)) repeats += 1;
        assert.equal(set.add(state), !seen.has(name));
        seen.add(name);
      }
      assert.equal(set.size, seen.size);
    }),
    { seed: SEED },
  );
  assert.ok(repeats > 100, `only ${repeats} configurations came up twice, seed ${SEED}`);
});

function toggleRow(
  set: ConfigurationSet,
  placed: { readonly closed: Set<number>; readonly open: Set<number> },
  row: { readonly open: boolean; readonly operation: number },
): void {
  const members = row.open ? placed.open : placed.closed;
  if (members.delete(row.operation)) {
    if (row.open) set.removeOpen(row.operation);
    else set.removeClosed(row.operation);
  } else {
    members.add(row.operation);
    if (row.open) set.placeOpen(row.operation);
    else set.placeClosed(row.operation);
  }
  if (row.open) assert.equal(set.hasOpen(row.operation), members.has(row.operation));
}

test("many configurations are kept apart while the set grows", () => {
  const set = new ConfigurationSet({ closed: 32, open: 0, wordsMax: 1 << 24 });
  for (let state = 0; state < 100_000; state++) assert.equal(set.add(state), true);
  for (let state = 0; state < 100_000; state++) assert.equal(set.add(state), false);
  assert.equal(set.size, 100_000);
});

test("a set says that it is full before it exceeds its memory", () => {
  const set = new ConfigurationSet({ closed: 32, open: 0, wordsMax: 1000 });
  let added = 0;
  for (; !set.isFull; added++) set.add(added);
  // A record has its length, its hash, the state, three bounds and no words.
  assert.ok(added > 100 && added * 6 <= 1000, `${added} configurations`);
});
