import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type CourseConfig, parseConfig } from "./config.ts";
import { LinkFates } from "./link-fates.ts";
import { makeSchedule } from "./schedule.ts";

const config = configOf({ requests: 300, mix: 0.2, events: [{ type: "part_hard", time: 5 }] });
const NO_FAULTS = { delayMs: 0, jitterMs: 0, reorder: 0, reorderMs: 0, duplicate: 0 };

test("equal seeds give equal schedules, others differ", () => {
  assert.deepEqual(makeSchedule(config, "5"), makeSchedule(config, "5"));
  assert.notDeepEqual(makeSchedule(config, "5"), makeSchedule(config, "6"));
});

test("requests are spread evenly over the lifetime from start_wait on", () => {
  const { requests } = makeSchedule(config, "1");
  assert.equal(requests.length, 300);
  requests.forEach(({ atMs }, at) => {
    assert.ok(Math.abs(atMs - (5000 + at * 100)) < 1e-6);
  });
});

test("keys and values have the course's forms, and keys belong to one client", () => {
  const owners = new Map<string, string>();
  for (const { client, operation } of makeSchedule(config, "1").requests) {
    if (operation.type === "get") continue;
    assert.match(operation.key, /^[A-Z0-9]{32}$/);
    assert.match(operation.value, /^[0-9a-f]{32}$/);
    assert.equal(owners.get(operation.key) ?? client, client);
    owners.set(operation.key, client);
  }
  const puts = makeSchedule(config, "1").requests.filter(({ operation }) => operation.type === "put").length;
  assert.ok(owners.size < puts, "some puts overwrite");
});

test("shared keys are as many as asked for", () => {
  const { requests } = makeSchedule(configOf({ requests: 300, mix: 0, shared_keys: 3 }), "1");
  assert.equal(new Set(requests.map(({ operation }) => (operation.type === "put" ? operation.key : ""))).size, 3);
});

test("the n-th fate of a link depends on the seed and the link alone, however links interleave", () => {
  const link = fc.constantFrom("0000/0001", "0001/0000", "0000/0002");
  fc.assert(
    fc.property(fc.string(), fc.array(link, { maxLength: 60 }), (seed, order) => {
      const mixed = fatesOf(seed, order);
      for (const name of new Set(order)) {
        const alone = fatesOf(
          seed,
          order.filter((other) => other === name),
        );
        assert.deepEqual(
          alone,
          mixed.filter((_, at) => order[at] === name),
        );
      }
    }),
  );
});

test("losses come at about the asked rate, and not at all at rate 0", () => {
  const lossesOf = (drops: number) => {
    const fates = new LinkFates({ seed: "1", drops, faults: NO_FAULTS });
    return Array.from({ length: 10_000 }, () => fates.next({ from: "0000", to: "0001" })).filter(({ lost }) => lost);
  };
  assert.equal(lossesOf(0).length, 0);
  assert.ok(Math.abs(lossesOf(0.3).length - 3000) < 200);
});

function fatesOf(seed: string, order: readonly string[]) {
  const faults = { delayMs: 1, jitterMs: 5, reorder: 0.3, reorderMs: 10, duplicate: 0.2 };
  const fates = new LinkFates({ seed, drops: 0.3, faults });
  return order.map((name) => fates.next({ from: name.slice(0, 4), to: name.slice(5) }));
}

function configOf(settings: object): CourseConfig {
  const text = JSON.stringify({ lifetime: 30, replicas: 5, tests: { benchmarks: {} }, ...settings });
  const result = parseConfig(text, { file: "test.json" });
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}
