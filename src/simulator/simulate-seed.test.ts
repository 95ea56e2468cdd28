import assert from "node:assert/strict";
import test from "node:test";
import type { TraceEvent } from "../trace/index.ts";
import { drawSettings } from "./draw-settings.ts";
import { simulateSeed } from "./simulate-seed.ts";

const seed = process.env["KEELSON_SEED"] ?? "11";

test("a list of decisions with any part left out can be replayed, and keeps every rule", () => {
  const { settings, safetyMs, decisions = [] } = simulateSeed(seed, { record: true });
  assert.ok(decisions.length > 100, `${decisions.length} decisions`);
  for (const keep of [0, 2, 3, 5]) {
    const schedule = decisions.filter((_, at) => keep > 0 && at % keep === 0);
    const { violation, operations } = simulateSeed(seed, { settings, safetyMs, schedule });
    assert.equal(violation, undefined, `seed ${seed} with every ${keep}th decision`);
    if (keep > 0) assert.ok(operations > 0, "operations are decisions too");
  }
});

test("without decisions nobody asks anything, nothing fails, and a leader is elected once", () => {
  const settings = { ...drawSettings(seed), clocks: {} };
  const { violation, coverage } = simulateSeed(seed, { settings, schedule: [] });
  assert.equal(violation, undefined);
  assert.deepEqual([coverage["messages lost"], coverage["crashes at any time"]], [undefined, undefined]);
  assert.equal(coverage["elections won"], 1, `seed ${seed}`);
});

test("a trace begins with its run, and its times never go back", () => {
  const events: TraceEvent[] = [];
  simulateSeed(seed, { trace: (event) => events.push(event) });
  assert.equal(events[0]?.type, "run");
  let before = 0;
  for (const { at } of events) {
    assert.ok(at >= before, `${at} after ${before}`);
    before = at;
  }
  const types = new Set(events.map(({ type }) => type));
  for (const type of ["send", "deliver", "drop", "state", "persist", "client-invoke", "client-return"] as const) {
    assert.ok(types.has(type), `${type} among ${[...types].join(", ")}`);
  }
});
