// What the simulator emits is a trace: every line is understood, and what it shows holds together.
import assert from "node:assert/strict";
import { test } from "node:test";
import { StatisticsCounter } from "../../src/cli/trace/statistics.ts";
import { simulateSeed } from "../../src/simulator/index.ts";
import { RunState, TraceReader, TraceWriter } from "../../src/trace/index.ts";

for (const seed of ["1", "2", "3"]) {
  test(`seed ${seed}: every line is read back, a term has one leader, what is committed is in the log`, () => {
    const reader = new TraceReader();
    const counter = new StatisticsCounter();
    const state = new RunState();
    const told = { log: 0, persist: 0 };
    const writer = new TraceWriter((line) => {
      const result = reader.read(line);
      assert.ok(result.kind === "event" || result.kind === "keyframe", `${line}\n${JSON.stringify(result)}`);
      if (result.kind !== "event") return;
      counter.add(result.event, result.number);
      state.apply(result.event);
      if (result.event.type === "state" && result.event.log !== undefined) told.log += 1;
      if (result.event.type === "persist") told.persist += 1;
    });
    simulateSeed(seed, { trace: (event) => writer.write(event) });

    const { leaders, operations, messages, types } = counter.summarize();
    assert.ok(told.log > 10 && told.persist > 10 && (types["partition"] ?? 0) + (types["kill"] ?? 0) > 0);
    assert.ok(messages.sent > 500 && messages.heartbeats > 0, JSON.stringify(messages));
    assert.ok(Object.values(operations).some(({ ok }) => ok > 0));
    const terms = leaders.map(({ term }) => term);
    assert.equal(new Set(terms).size, terms.length, `a term has one leader, once: ${JSON.stringify(leaders)}`);
    for (const [id, { commitIndex = 0, lastIndex = 0, status }] of Object.entries(state.view().replicas)) {
      if (status === "up") assert.ok(commitIndex <= lastIndex, `${id}: commit ${commitIndex}, last ${lastIndex}`);
    }
  });
}
