// The engines through the conformance suite, and what only the one in memory can show: which commits a crash takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryEngine, Store } from "../../src/mvcc/index.ts";
import { describeEngine } from "./engine-conformance.ts";

describeEngine("memory engine", () => {
  const engine = new MemoryEngine();
  return { engine, flush: () => engine.flush(), crash: () => engine.crash() };
});

test("after a crash a store is where some commit left it, not before the last flush, with that commit's index of the log", () => {
  for (const survivors of [0, 1, 2]) {
    const engine = new MemoryEngine();
    const store = new Store(engine);
    for (let index = 1; index <= 3; index++) {
      store.apply({ type: "put", request: { key: Buffer.from("k"), value: Buffer.from(String(index)) } });
      store.commit(index);
      if (index === 1) engine.flush();
    }
    assert.equal(store.durableAppliedIndex, 1);
    const found = new Store(engine.crash({ survivors }));
    assert.deepEqual([found.appliedIndex, found.revision], [1 + survivors, 2 + survivors]);
  }
});

test("what was applied and not committed is gone after a crash", () => {
  const engine = new MemoryEngine();
  const store = new Store(engine);
  store.apply({ type: "put", request: { key: Buffer.from("k"), value: Buffer.from("v") } });
  engine.flush();
  assert.equal(new Store(engine.crash()).revision, 1);
});
