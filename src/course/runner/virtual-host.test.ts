import assert from "node:assert/strict";
import { test } from "node:test";
import { type CourseConfig, parseConfig, runVirtually, type VirtualReplicaFactory } from "./index.ts";

const config = configOf({ lifetime: 30, replicas: 5, requests: 300, mix: 0.2 });

test("a primary that copies every put passes, and the run is a function of its seed", () => {
  const run = () => runVirtually({ config, seed: "7", makeReplica: primary() });
  const result = run();
  assert.deepEqual(
    result.checks.filter(({ passed }) => !passed),
    [],
  );
  assert.equal(result.statistics.totalMessages, 4 * result.statistics.puts);
  assert.equal(result.durationMs, 37_000);
  assert.deepEqual(result, run());
});

test("other seeds give other schedules", () => {
  const keys = (seed: string) =>
    runVirtually({ config, seed, makeReplica: primary() }).operations.map(({ key }) => key);
  assert.notDeepEqual(keys("1"), keys("2"));
});

test("a primary that does not copy stays below the message floor", () => {
  const result = runVirtually({ config, seed: "1", makeReplica: primary({ copies: false }) });
  assert.deepEqual(
    result.checks.filter(({ passed }) => !passed).map(({ name }) => name),
    ["message floor"],
  );
});

test("a paused replica answers what waited once it goes on", () => {
  const paused = configOf({
    lifetime: 10,
    replicas: 3,
    requests: 100,
    events: [
      { type: "pause", time: 2, replica: "0000" },
      { type: "resume", time: 4 },
    ],
  });
  const result = runVirtually({ config: paused, seed: "1", makeReplica: primary() });
  assert.equal(result.statistics.unansweredPuts + result.statistics.unansweredGets, 0);
  assert.ok((result.statistics.endToEndLatency.max ?? 0) > 1000);
});

test("a restarted replica has lost what it kept only in memory, and the checker sees it", () => {
  const restarted = configOf({
    lifetime: 10,
    replicas: 3,
    requests: 100,
    mix: 0.5,
    events: [
      { type: "kill", time: 4, replica: "0000" },
      { type: "restart", time: 5 },
    ],
  });
  const result = runVirtually({ config: restarted, seed: "1", makeReplica: primary() });
  const failed = result.checks.filter(({ passed }) => !passed).map(({ name }) => name);
  assert.ok(failed.includes("linearizable"));
  assert.ok(failed.includes("incorrect answers"));
  assert.equal(result.statistics.restarted, 1);
});

/** The replica with the lowest id serves everything and copies puts to the others; they redirect. */
function primary({ copies = true } = {}): VirtualReplicaFactory {
  return ({ id, others }) => {
    const leader = [id, ...others].toSorted()[0] ?? id;
    const store = new Map<string, string>();
    let outbox: object[] = [];
    return {
      start: () => outbox.push({ src: id, dst: "FFFF", leader: "FFFF", type: "hello" }),
      tick: () => {},
      receive({ src, type, MID, key, value }) {
        if (type !== "get" && type !== "put") return;
        const answer = { src: id, dst: src, leader, MID };
        if (id !== leader) {
          outbox.push({ ...answer, type: "redirect" });
        } else if (type === "get") {
          outbox.push({ ...answer, type: "ok", value: store.get(String(key)) ?? "" });
        } else {
          store.set(String(key), String(value));
          if (copies) outbox.push({ src: id, dst: "FFFF", leader, type: "copy", key, value });
          outbox.push({ ...answer, type: "ok" });
        }
      },
      takeMessages() {
        const messages = outbox;
        outbox = [];
        return messages;
      },
    };
  };
}

function configOf(settings: object): CourseConfig {
  const benchmarks = { total_msgs: [2000, 3000, 5000], failures: [0, 1, 2], duplicates: [0, 2, 5] };
  const result = parseConfig(JSON.stringify({ ...settings, tests: { benchmarks } }), { file: "test.json" });
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}
