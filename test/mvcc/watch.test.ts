// Watchers under random histories: complete, in order, one revision together, however slowly they are served; or told that it is gone.
//   KEELSON_SEED=17   draws other sequences
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Command, MemoryEngine, Store, WatchableStore, type WatchResponse } from "../../src/mvcc/index.ts";
import { command } from "./arbitraries.ts";
import { ModelStore } from "./model.ts";

const seed = Number(process.env["KEELSON_SEED"] ?? 20261124);
const replay = `KEELSON_SEED=${seed} node --test test/mvcc/watch.test.ts`;

type Step = { readonly command: Command } | { readonly sync: number } | { readonly take: true };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ command }) },
  { weight: 2, arbitrary: fc.record({ sync: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ take: fc.constant(true as const) }) },
);

test(`a watcher gets every event from its start on, in order, each revision whole (${replay})`, () => {
  const counts = { events: 0, compacted: 0, complete: 0 };
  const property = fc.property(
    fc.array(step, { maxLength: 50, size: "max" }),
    fc.array(step, { maxLength: 50, size: "max" }),
    fc.nat(12),
    fc.boolean(),
    fc.boolean(),
    (before, after, startRevision, noPut, noDelete) => {
      const model = new ModelStore();
      const watchable = new WatchableStore(new Store(new MemoryEngine()), { streamBytesMax: 300 });
      const got: WatchResponse[] = [];
      const stream = watchable.openStream();
      const perform = (one: Step): void => {
        if ("command" in one) {
          watchable.apply(one.command);
          model.apply(one.command);
        } else if ("sync" in one) watchable.syncWatchers(one.sync);
        else got.push(...stream.take());
      };
      for (const one of before) perform(one);
      const start = startRevision === 0 ? model.revision + 1 : startRevision;
      stream.watch({ key: Buffer.from("a"), rangeEnd: Buffer.from("b\xff", "latin1"), startRevision, noPut, noDelete });
      for (const one of after) perform(one);
      for (let done = false; !done; got.push(...stream.take())) done = watchable.syncWatchers(2) && stream.hasRoom;

      const wanted = model.changes.filter(
        ({ main, event: { type, kv } }) =>
          main >= start &&
          !(type === "put" ? noPut : noDelete) &&
          Buffer.compare(kv.key, Buffer.from("a")) >= 0 &&
          Buffer.compare(kv.key, Buffer.from("b\xff", "latin1")) < 0,
      );
      const events = got.flatMap((response) => (response.type === "events" ? response.events : []));
      const told = events.map(({ type, kv }) => [type, Buffer.from(kv.key), kv.modRevision]);
      const expected = wanted.map(({ main, event: { type, kv } }) => [type, Buffer.from(kv.key), main]);
      const revisions = got.flatMap((response) => (response.type === "events" ? [response.revision] : []));
      assert.deepEqual([...new Set(revisions)], revisions, "a revision was split");
      assert.deepEqual(told, expected.slice(0, told.length));
      const ended = got.some(({ type }) => type === "compacted");
      if (!ended) assert.equal(told.length, expected.length);
      else assert.ok(model.compactRevision > start);
      counts.events += told.length;
      counts[ended ? "compacted" : "complete"]++;
    },
  );
  fc.assert(property, { seed, numRuns: 1500 });
  assert.ok(counts.events > 1000 && counts.compacted > 20 && counts.complete > 500, JSON.stringify(counts));
});
