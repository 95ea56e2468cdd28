import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { messageFloor } from "./checks.ts";
import { type CourseConfig, parseConfig } from "./config.ts";

const MINIMAL = { lifetime: 30, replicas: 5, requests: 100, tests: { benchmarks: {} } };

test("settings that are left out have the course's defaults", () => {
  const config = configOf({});
  assert.equal(config.name, "my-test");
  assert.equal(config.startWaitMs, 5000);
  assert.equal(config.endWaitMs, 2000);
  assert.equal(config.mix, 0.8);
  assert.equal(config.drops, 0);
  assert.equal(config.maxPackets, 20_000);
  assert.equal(config.tests.maximumGetGenerationFailFraction, 0.1);
  assert.equal(config.tests.maximumGetFailFraction, 0.5);
});

test("events are sorted by time, and their times count from the end of start_wait", () => {
  const config = configOf({
    start_wait: 1,
    events: [
      { type: "part_end", time: 9 },
      { type: "part_easy", time: 3 },
    ],
  });
  assert.deepEqual(config.events, [
    { type: "part_easy", atMs: 4000 },
    { type: "part_end", atMs: 10_000 },
  ]);
});

test("every kind of event and fault can be set", () => {
  const events = [
    { type: "kill", time: 1, replica: "0002" },
    { type: "restart", time: 2 },
    { type: "restart", time: 2, replica: "0002" },
    { type: "pause", time: 3, replica: "leader" },
    { type: "resume", time: 4 },
    { type: "part_oneway", time: 5, from: "leader" },
    { type: "part_oneway", time: 6, from: ["0000", "0001"], to: ["0002"] },
    { type: "part_end", time: 7 },
  ];
  const faults = { delay_ms: 1, jitter_ms: 2, reorder: 0.1, reorder_ms: 5, duplicate: 0.2 };
  const config = configOf({ events, faults });
  assert.equal(config.events.length, events.length);
  assert.deepEqual(config.faults, { delayMs: 1, jitterMs: 2, reorder: 0.1, reorderMs: 5, duplicate: 0.2 });
});

for (const [name, settings, problem] of [
  [
    "an unknown setting",
    { speed: 3 },
    "my-test.json: speed is not a setting here; remove it, or see docs/course-runner.md",
  ],
  [
    "a test's setting at the top",
    { maximum_get_fail_fraction: 1 },
    'my-test.json: maximum_get_fail_fraction is not a setting here; it belongs in "tests"',
  ],
  [
    "a metric at the top",
    { failures: [1, 2, 3] },
    'my-test.json: failures is not a setting here; it belongs in "tests.benchmarks"',
  ],
  ["a fault at the top", { delay_ms: 3 }, 'my-test.json: delay_ms is not a setting here; it belongs in "faults"'],
  [
    "a top setting in tests",
    { tests: { benchmarks: {}, drops: 0.1 } },
    "my-test.json: tests.drops is not a setting here; it belongs in the top level",
  ],
  [
    "a misspelt event setting",
    { events: [{ type: "part_end", at: 3, time: 3 }] },
    "my-test.json: events[0].at is not a setting here; remove it, or see docs/course-runner.md",
  ],
  ["a value out of range", { drops: 1.5 }, "my-test.json: drops is 1.5; it must be a number from 0 to 1"],
  [
    "a value of the wrong type",
    { replicas: "5" },
    'my-test.json: replicas is "5"; it must be a whole number from 3 to 21',
  ],
  ["a short lifetime", { lifetime: 4 }, "my-test.json: lifetime is 4; it must be a number of seconds from 5 to 86400"],
  [
    "a missing setting",
    { requests: undefined },
    "my-test.json: requests is missing; it must be a whole number from 0 to 100000",
  ],
  [
    "thresholds that are too few",
    { tests: { benchmarks: { failures: [1] } } },
    "my-test.json: tests.benchmarks.failures is [1]; it must be a list of three numbers: bonus, full, partial",
  ],
  [
    "an event for a replica that does not exist",
    { events: [{ type: "kill", time: 1, replica: "0007" }] },
    'my-test.json: events[0] names replica "0007", but there are only 5 replicas, from "0000"',
  ],
  [
    "an event after the end",
    { events: [{ type: "part_end", time: 33 }] },
    "my-test.json: events[0].time is 33; the run ends at 32 (lifetime + end_wait)",
  ],
] as const) {
  test(`an error names its place: ${name}`, () => {
    const result = parseConfig(JSON.stringify({ ...MINIMAL, ...settings }), { file: "my-test.json" });
    assert.ok(!result.ok);
    assert.deepEqual(result.problems, [problem]);
  });
}

test("an unknown type of event lists the known ones", () => {
  const text = JSON.stringify({ ...MINIMAL, events: [{ type: "part_soft", time: 1 }] });
  const result = parseConfig(text, { file: "a.json" });
  assert.ok(!result.ok);
  assert.match(result.problems.join("\n"), /^a\.json: events\[0\]\.type is "part_soft"; .*kill_leader.*part_oneway/);
});

test("text that is not JSON is an error with its place", () => {
  const result = parseConfig('{"lifetime": 30,}', { file: "a.json" });
  assert.ok(!result.ok);
  assert.match(result.problems[0] ?? "", /^a\.json: not JSON: .*position 16/);
});

test("what an editor or an accident leaves in a file neither harms nor steers the terminal", () => {
  const text = JSON.stringify(MINIMAL);
  assert.ok(parseConfig(`\ufeff${text}`, { file: "a.json" }).ok);
  for (const bad of ["\u001b[2J", `${"[".repeat(5000)}${"]".repeat(5000)}`]) {
    const result = parseConfig(text.replace(/}$/, `,"events":${bad}}`), { file: "a.json" });
    assert.ok(!result.ok);
    assert.match(result.problems.join(), /^a\.json: \P{Cc}*$/u);
  }
});

test("of very many problems the first are shown, and the others counted", () => {
  const events = Array.from({ length: 5000 }, () => ({ type: "part_soft", time: 1 }));
  const result = parseConfig(JSON.stringify({ ...MINIMAL, events }), { file: "a.json" });
  assert.ok(!result.ok);
  assert.equal(result.problems.length, 21);
  assert.equal(result.problems.at(-1), "a.json: and 4980 more problems");
});

test("the course's misplaced maximum_get_generation_fail_fraction is a warning without effect", () => {
  const text = JSON.stringify({ ...MINIMAL, maximum_get_generation_fail_fraction: 0.9 });
  const result = parseConfig(text, { file: "advanced-3.json" });
  assert.ok(result.ok);
  assert.equal(result.config.tests.maximumGetGenerationFailFraction, 0.1);
  assert.match(
    result.warnings.join("\n"),
    /^advanced-3\.json: maximum_get_generation_fail_fraction stands at the top level/,
  );
});

test("all 17 configs of the course are valid, without warnings", () => {
  const folder = new URL("../../../configs/", import.meta.url);
  const files = readdirSync(folder);
  assert.equal(files.length, 17);
  for (const file of files) {
    const result = parseConfig(readFileSync(new URL(file, folder), "utf8"), { file });
    assert.ok(result.ok && result.warnings.length === 0, JSON.stringify(result));
    assert.equal(Object.keys(result.config.tests.benchmarks).length, 4);
  }
});

test("the message floor is half a message for each put and replica", () => {
  const floors = [
    [500, 0.8, 250],
    [500, 0.2, 1000],
    [400, 0.2, 800],
    [300, 0.2, 600],
    [250, 0.2, 500],
    [200, 0.2, 400],
  ] as const;
  for (const [requests, mix, floor] of floors) assert.equal(messageFloor(configOf({ requests, mix })), floor);
});

function configOf(settings: object): CourseConfig {
  const result = parseConfig(JSON.stringify({ ...MINIMAL, ...settings }), { file: "some/where/my-test.json" });
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}
