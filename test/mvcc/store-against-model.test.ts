// Thousands of random sequences against the naive model: every answer and every event the same, also after compaction, reopening and
// loading a snapshot.
//   KEELSON_SEED=17   draws other sequences
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Command, MemoryEngine, type RangeRequest, SnapshotLoader, Store } from "../../src/mvcc/index.ts";
import { command, rangeRequest } from "./arbitraries.ts";
import { ModelStore } from "./model.ts";

const seed = Number(process.env["KEELSON_SEED"] ?? 20261124);
const replay = `KEELSON_SEED=${seed} node --test test/mvcc/store-against-model.test.ts`;

type Step =
  | { readonly do: "apply"; readonly command: Command }
  | { readonly do: "range"; readonly request: RangeRequest }
  | { readonly do: "commit" | "reopen" | "snapshot" }
  | { readonly do: "compact-on"; readonly keysMax: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant("apply" as const), command }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("range" as const), request: rangeRequest }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("commit" as const, "reopen" as const, "snapshot" as const) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("compact-on" as const), keysMax: fc.integer({ min: 1, max: 4 }) }),
  },
);

test(`every answer is that of the model (${replay})`, () => {
  const counts = { steps: 0, events: 0, refused: 0 };
  const property = fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
    const run = new Run();
    for (const one of steps) run.step(one);
    counts.steps += steps.length;
    counts.events += run.model.changes.length;
    counts.refused += run.refused;
  });
  fc.assert(property, { seed, numRuns: 3000 });
  assert.ok(counts.steps > 50_000 && counts.events > 10_000 && counts.refused > 1_000, JSON.stringify(counts));
});

/** A store and the model that go through the same. */
class Run {
  readonly model = new ModelStore();
  refused = 0;
  #engine = new MemoryEngine();
  #store = new Store(this.#engine);
  #applied = 0;

  step(step: Step): void {
    switch (step.do) {
      case "apply":
        return this.#apply(step.command);
      case "range": {
        const answer = this.#store.range(step.request);
        return assert.deepEqual(plain(answer), plain(this.model.range(step.request)));
      }
      case "commit":
        return this.#store.commit(this.#applied);
      case "compact-on":
        return void this.#store.continueCompaction(step.keysMax);
      default:
        return this.#renew(step.do);
    }
  }

  #apply(command: Command): void {
    this.#applied++;
    const { result, events } = this.#store.apply(command);
    const expected = this.model.apply(command);
    if ("refused" in result) this.refused++;
    assert.deepEqual(plain({ result, events }), plain(expected));
    assert.equal(this.#store.revision, this.model.revision);
    assert.equal(this.#store.liveKeys, this.model.seenAt(this.model.revision).length);
  }

  /** Goes on with a store that was read back from the engine, or from a snapshot. */
  #renew(how: "reopen" | "snapshot"): void {
    const before = this.#store;
    before.commit(this.#applied);
    assert.equal(this.#store.sizeBytes, sizeOf(this.#engine));
    if (how === "snapshot") {
      const engine = new MemoryEngine();
      const loader = new SnapshotLoader(engine);
      for (const chunk of this.#store.snapshot()) assert.equal(loader.push(chunk), undefined);
      assert.equal(loader.finish(), undefined);
      this.#engine = engine;
    }
    this.#store = new Store(this.#engine);
    assert.equal(this.#store.appliedIndex, this.#applied);
    assert.equal(this.#store.sizeBytes, sizeOf(this.#engine));
    // Hashing finishes a compaction, and so it must not come before.
    assert.deepEqual(observed(this.#store), observed(before));
  }
}

function observed(store: Store): object {
  const { revision, compactRevision, liveKeys } = store;
  return { hash: store.hash(), kv: store.hashKv(0), leases: store.leases(), revision, compactRevision, liveKeys };
}

function sizeOf(engine: MemoryEngine): number {
  return (["key", "lease", "meta"] as const)
    .flatMap((table) => [...engine.range(table, {})])
    .reduce((sum, [key, value]) => sum + key.length + value.length, 0);
}

/** Byte strings of any class as Buffers, so that they compare by content. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}
