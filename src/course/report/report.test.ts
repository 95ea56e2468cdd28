// The reports on fixed results: exact tables, and machine formats read back.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RunResult, Score, Statistics, Tier } from "../runner/result.ts";
import { formatRun, formatSummary, REPORT_FORMATS, summarize, wilsonInterval } from "./index.ts";
import { escapeXml } from "./junit.ts";

const SEED = Number(process.env["KEELSON_SEED"] ?? 20260718);

const STATISTICS: Statistics = {
  leaders: ["0002", "0001"],
  died: 0,
  killed: 1,
  totalMessages: 1972,
  droppedMessages: 3,
  blockedMessages: 0,
  gets: 80,
  puts: 320,
  getsNotGenerated: 1,
  incorrect: 0,
  incorrectGets: 0,
  duplicates: 12,
  redirects: 4,
  getFailures: 0,
  putFailures: 0,
  unansweredGets: 0,
  unansweredPuts: 1,
  hopLatency: { count: 399, mean: 2.5, median: 1.82, p99: 24.2, max: 120 },
  endToEndLatency: { count: 399, mean: 3.5, median: 1.9, p99: 124.2, max: 320 },
  messagesLost: { byChance: 1, byPartition: 2, toDead: 3 },
  messagesDuplicated: 0,
  messagesReordered: 0,
  messagesByType: { append: 1000, "append-response": 960, vote: 12 },
  bytesBetweenReplicas: 123456,
  restarted: 0,
};

function scores(messages: number, tier: Tier, duplicates: Tier = "none"): readonly Score[] {
  return [
    { metric: "total_msgs", value: messages, thresholds: { bonus: 2000, full: 4000, partial: 5000 }, tier },
    { metric: "failures", value: 0, thresholds: { bonus: 0, full: 2, partial: 5 }, tier: "full" },
    { metric: "duplicates", value: 12, thresholds: { bonus: 0, full: 2, partial: 10 }, tier: duplicates },
    {
      metric: "median_latency",
      value: 0.00182,
      thresholds: { bonus: 0.0002, full: 0.005, partial: 0.05 },
      tier: "full",
    },
  ];
}

const PASSED: RunResult = {
  config: "crash-3",
  configPath: "configs/crash-3.json",
  seed: "42",
  replica: "./3700kvstore",
  passed: true,
  checks: [
    { name: "incorrect answers", passed: true, detail: "0 of at most 0" },
    { name: "linearizable", passed: true, detail: "400 operations on 123 keys" },
  ],
  scores: scores(1972, "bonus"),
  verdicts: [],
  statistics: STATISTICS,
  operations: [{ client: "0015", type: "put", key: "K", value: "V", invokedAt: 1, outcome: "unanswered", attempts: 1 }],
  durationMs: 37_012.3,
  replay: "keelson course configs/crash-3.json --seed 42",
};

const FAILED: RunResult = {
  ...PASSED,
  seed: "43",
  passed: false,
  checks: [
    { name: "incorrect answers", passed: true, detail: "0 of at most 0" },
    {
      name: "linearizable",
      passed: false,
      detail: 'key "K": get("K") -> "stale" by 0015 cannot be placed\nsecond line',
    },
    { name: "replicas died", passed: false, detail: "1 of at most 0" },
  ],
  scores: scores(2501, "full"),
  verdicts: [
    { severity: "failure", code: "died", replica: "0003", at: 5123.4, text: "exit status 1", times: 2 },
    { severity: "warning", code: "nothing-to-kill", at: 0, text: "unused setting", times: 1 },
  ],
  directory: "runs/43",
  replay: "keelson course configs/crash-3.json --seed 43",
};

test("one run: statistics, scores, checks, verdicts, and how to run it again", () => {
  assert.equal(
    formatRun(FAILED, { colors: false }),
    `crash-3  seed 43  FAILED  37.0 s  ./3700kvstore
┌─────────────────────────────────────┬─────────────────────┐
│ statistics                          │                     │
├─────────────────────────────────────┼─────────────────────┤
│ leaders seen                        │ 0002 0001           │
│ replicas died / killed / restarted  │ 0 / 1 / 0           │
│ messages sent                       │ 1972                │
│ messages dropped / blocked          │ 3 / 0               │
│ bytes between replicas              │ 123456              │
│ messages by type                    │ 1000 append         │
│                                     │ 960 append-response │
│                                     │ 12 vote             │
│ lost: chance / partition / to dead  │ 1 / 2 / 3           │
│ messages duplicated / reordered     │ 0 / 0               │
│ client gets / puts                  │ 80 / 320            │
│ gets that could not be made         │ 1                   │
│ incorrect (of these, gets)          │ 0 (0)               │
│ duplicate answers                   │ 12                  │
│ unanswered gets / puts              │ 0 / 1               │
│ failed gets / puts                  │ 0 / 0               │
│ redirects                           │ 4                   │
│ hop latency ms: mean / median / p99 │ 2.50 / 1.82 / 24.20 │
│ end-to-end ms: mean / median / p99  │ 3.50 / 1.90 / 124   │
└─────────────────────────────────────┴─────────────────────┘
┌────────────┬───────┬──────┬─────────────┬────────────┬───────────────┐
│ score      │ value │ tier │ bonus below │ full below │ partial below │
├────────────┼───────┼──────┼─────────────┼────────────┼───────────────┤
│ messages   │ 2501  │ full │ 2000        │ 4000       │ 5000          │
│ failures   │ 0     │ full │ 0           │ 2          │ 5             │
│ duplicates │ 12    │ none │ 0           │ 2          │ 10            │
│ hop ms     │ 1.82  │ full │ 0.2         │ 5          │ 50            │
└────────────┴───────┴──────┴─────────────┴────────────┴───────────────┘
┌───────────────────┬────────┬─────────────────────────────────────────────┐
│ check             │        │ detail                                      │
├───────────────────┼────────┼─────────────────────────────────────────────┤
│ incorrect answers │ ok     │ 0 of at most 0                              │
│ linearizable      │ FAILED │ key "K": get("K") -> "stale" by 0015 cannot │
│                   │        │ be placed                                   │
│                   │        │ second line                                 │
│ replicas died     │ FAILED │ 1 of at most 0                              │
└───────────────────┴────────┴─────────────────────────────────────────────┘
failure 0003 at 5.123 s: exit status 1 (2 times)
warning at 0.000 s: unused setting
logs: runs/43
again: keelson course configs/crash-3.json --seed 43`,
  );
});

test("many runs: one row for each config, then the seeds that failed", () => {
  const simple: RunResult = { ...PASSED, config: "simple-1" };
  assert.equal(
    formatSummary([PASSED, simple, FAILED], { colors: false }),
    `┌──────────┬────────┬───────────┬─────────────┬──────────┬────────────┬───────────┬────────┐
│ config   │ passed │ 95 % sure │ messages    │ failures │ duplicates │ hop ms    │ e2e ms │
├──────────┼────────┼───────────┼─────────────┼──────────┼────────────┼───────────┼────────┤
│ crash-3  │ 1/2    │ 9..91 %   │ 2236.5 full │ 0 full   │ 12 none    │ 1.82 full │ 1.90   │
│ simple-1 │ 1/1    │ 21..100 % │ 1972 bonus  │ 0 full   │ 12 none    │ 1.82 full │ 1.90   │
└──────────┴────────┴───────────┴─────────────┴──────────┴────────────┴───────────┴────────┘
2 of 3 runs passed. Counts are means, latencies medians, tiers the worst of all runs.
failed crash-3 seed 43: linearizable: key "K": get("K") -> "stale" by 0015 cannot be placed (and 1 more)
  again: keelson course configs/crash-3.json --seed 43`,
  );
});

test("configs that are scored by different metrics share a table without mixing them up", () => {
  const unscored: RunResult = { ...PASSED, config: "own", scores: PASSED.scores.slice(1, 2) };
  const rows = formatSummary([unscored, PASSED], { colors: false }).split("\n");
  assert.deepEqual(cellsOf(rows[3]), ["own", "1/1", "21..100 %", "-", "0 full", "-", "-", "1.90"]);
  assert.deepEqual(cellsOf(rows[4]), [
    "crash-3",
    "1/1",
    "21..100 %",
    "1972 bonus",
    "0 full",
    "12 none",
    "1.82 full",
    "1.90",
  ]);
});

function cellsOf(row = ""): string[] {
  return row
    .split("│")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

test("the tables of one run fit 80 columns, whatever a replica has sent", () => {
  const hostile: RunResult = {
    ...FAILED,
    checks: [{ name: "linearizable", passed: false, detail: `${"x".repeat(300)} \u001b[2J` }],
    statistics: { ...STATISTICS, messagesByType: { ["\u001b[31m".repeat(30)]: 1, a: 2, b: 3, c: 4, d: 5, e: 6, f: 7 } },
  };
  const text = formatRun(hostile, { colors: false });
  assert.ok(text.split("\n").every((line) => line.length <= 80));
  assert.ok(!text.includes("\u001b"));
  assert.match(text, /1 other types/);
});

test("colours are added only where they are asked for", () => {
  const colored = formatRun(FAILED, { colors: true });
  assert.ok(colored.includes("\u001b[31mFAILED\u001b[0m"));
  assert.equal(colored.replaceAll(/.\[\d+m/g, ""), formatRun(FAILED, { colors: false }));
});

test("what was never measured is a dash, not a zero", () => {
  const nothing = { count: 0, mean: undefined, median: undefined, p99: undefined, max: undefined };
  const scored: Score = { ...(PASSED.scores[3] as Score), value: undefined, tier: "none" };
  const silent: RunResult = {
    ...PASSED,
    scores: [scored],
    statistics: { ...STATISTICS, leaders: [], hopLatency: nothing, endToEndLatency: nothing, messagesByType: {} },
  };
  const text = formatRun(silent, { colors: false });
  assert.match(text, /leaders seen +│ - /);
  assert.match(text, /hop latency ms: mean \/ median \/ p99 │ - \/ - \/ - /);
  assert.match(text, /hop ms │ - +│ none/);
  assert.equal(summarize([silent])[0]?.metrics[0]?.value, undefined);
});

test("Wilson's interval has the values of the literature", () => {
  const rounded = (successes: number, trials: number): readonly number[] => {
    const { low, high } = wilsonInterval({ successes, trials });
    return [low, high].map((share) => Math.round(share * 1000) / 1000);
  };
  assert.deepEqual(rounded(10, 10), [0.722, 1]);
  assert.deepEqual(rounded(0, 10), [0, 0.278]);
  assert.deepEqual(rounded(81, 263), [0.255, 0.366]);
  assert.deepEqual(rounded(0, 0), [0, 1]);
});

test("Wilson's interval holds the share seen and narrows with more trials", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, share) => {
      const successes = Math.round(trials * share);
      const few = wilsonInterval({ successes, trials });
      const many = wilsonInterval({ successes: successes * 10, trials: trials * 10 });
      assert.ok(0 <= few.low && few.low <= successes / trials + 1e-9);
      assert.ok(successes / trials - 1e-9 <= few.high && few.high <= 1);
      assert.ok(many.high - many.low < few.high - few.low);
    }),
    { seed: SEED },
  );
});

test("a summary has the mean of counts, the median of latencies, the worst tier and the failed seeds", () => {
  const runs = [1, 2, 9].map((factor, index) => ({
    ...PASSED,
    seed: String(index),
    scores: [
      { ...(PASSED.scores[0] as Score), value: factor * 100 },
      { ...(PASSED.scores[3] as Score), value: factor / 1000 },
    ],
  }));
  const [summary] = summarize([...runs, { ...FAILED, scores: [] }]);
  assert.deepEqual(
    summary?.metrics.map(({ value, worstTier }) => [value, worstTier]),
    [
      [400, "bonus"],
      [0.002, "full"],
    ],
  );
  assert.equal(summary?.runs, 4);
  assert.deepEqual(
    summary?.failed.map(({ seed, replay }) => [seed, replay]),
    [["43", FAILED.replay]],
  );
});

test("JSON: versioned, with the summary and every run but its operations", () => {
  const report = JSON.parse(REPORT_FORMATS.json([PASSED, FAILED]));
  assert.equal(report.format, "keelson-course-report");
  assert.equal(report.version, 1);
  assert.equal(report.passed, false);
  assert.equal(report.summary[0].passes, 1);
  const { operations: _, ...run } = FAILED;
  assert.deepEqual(report.runs[1], run);
});

test("Gradescope: points by tier, extra credit for the bonus, nothing for a run that fails correctness", () => {
  const report = JSON.parse(REPORT_FORMATS.gradescope([PASSED, { ...FAILED, scores: scores(1000, "bonus") }]));
  const points = report.tests.map((graded: { name: string; score: number; max_score: number; status: string }) => [
    graded.name,
    graded.score,
    graded.max_score,
    graded.status,
  ]);
  assert.deepEqual(points, [
    ["crash-3: correctness", 2, 4, "passed"],
    ["crash-3: messages", 0.625, 1, "passed"],
    ["crash-3: failures", 0.5, 1, "passed"],
    ["crash-3: duplicates", 0, 1, "failed"],
    ["crash-3: hop ms", 0.5, 1, "passed"],
  ]);
  assert.equal(report.execution_time, 74);
  assert.match(report.tests[0].output, /^seed 42: passed\nseed 43: failed, linearizable: .* \(and 1 more\)$/);
  assert.match(report.tests[1].output, /seed 43: 1000 \(bonus, but correctness failed\)$/);
});

test("JUnit: a suite for each config, a case for each check and metric, and right counts", () => {
  const root = parseXml(REPORT_FORMATS.junit([PASSED, FAILED, { ...PASSED, config: "simple-1" }]));
  assert.deepEqual(root.attributes, {
    name: "keelson course",
    tests: "19",
    failures: "2",
    errors: "0",
    skipped: "3",
    time: "111.037",
  });
  assert.deepEqual(
    root.children.map(({ name, attributes, children }) => [
      name,
      attributes["name"],
      attributes["tests"],
      children.length,
    ]),
    [
      ["testsuite", "crash-3", "13", 13],
      ["testsuite", "simple-1", "6", 6],
    ],
  );
  const cases = root.children.flatMap(({ children }) => children);
  const failure = cases.find(({ attributes }) => attributes["name"] === "linearizable (seed 43)")?.children[0];
  assert.equal(failure?.name, "failure");
  assert.equal(failure?.attributes["message"], 'key "K": get("K") -> "stale" by 0015 cannot be placed');
  assert.match(failure?.text ?? "", /second line\nagain: keelson course configs\/crash-3\.json --seed 43$/);
  const skipped = cases.filter(({ children }) => children.some(({ name }) => name === "skipped"));
  assert.deepEqual(
    skipped.map(({ attributes }) => attributes["name"]),
    ["duplicates (seed 42)", "duplicates (seed 43)", "duplicates (seed 42)"],
  );
});

test("JUnit stays well-formed and keeps the text, whatever a replica, a config or a seed is called", () => {
  const text = fc.string({ unit: "binary", maxLength: 20 });
  fc.assert(
    fc.property(text, text, text, (config, seed, detail) => {
      const checks = [{ name: `<&>"'`, passed: false, detail }];
      const root = parseXml(REPORT_FORMATS.junit([{ ...FAILED, config, seed, checks }]));
      const [suite] = root.children;
      assert.equal(suite?.attributes["name"], legal(config));
      assert.equal(suite?.children[0]?.attributes["name"], `<&>"' (seed ${legal(seed)})`);
      assert.ok(suite?.children[0]?.children[0]?.text.startsWith(legal(detail)));
    }),
    { seed: SEED },
  );
});

test("characters that XML cannot hold become U+FFFD", () => {
  assert.equal(escapeXml("a\u0000\u001b\ufffe\ud800b\t\n\u{1f600}"), "a\ufffd\ufffd\ufffd\ufffdb\t\n\u{1f600}");
  assert.equal(escapeXml(`<a b="c">&'`), "&lt;a b=&quot;c&quot;&gt;&amp;&apos;");
});

/** What a text is after being written and read: characters that XML cannot hold are replaced. */
function legal(text: string): string {
  return text.toWellFormed().replaceAll(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
}

interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlElement[];
  text: string;
}

/** A strict reader for the part of XML 1.0 that the report uses: fails on anything that is not well-formed. */
function parseXml(document: string): XmlElement {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>';
  assert.ok(document.startsWith(declaration));
  const root: XmlElement = { name: "", attributes: {}, children: [], text: "" };
  const open: XmlElement[] = [root];
  const token = /<(?<end>\/)?(?<name>[A-Za-z-]+)(?<attributes>(?: [a-z_]+="[^"<]*")*)(?<empty>\/)?>|(?<text>[^<>]+)/gy;
  token.lastIndex = declaration.length;
  while (token.lastIndex < document.length) {
    const at = token.lastIndex;
    const groups = token.exec(document)?.groups ?? assert.fail(`not well-formed: ${document.slice(at, at + 80)}`);
    const { end, name = "", attributes = "", empty, text } = groups;
    const parent = open.at(-1) ?? assert.fail("text after the end");
    if (text !== undefined) {
      parent.text += unescapeXml(text);
    } else if (end !== undefined) {
      assert.equal(open.pop()?.name, name, "elements end in order");
    } else {
      const element: XmlElement = { name, attributes: parseAttributes(attributes), children: [], text: "" };
      parent.children.push(element);
      if (empty === undefined) open.push(element);
    }
  }
  assert.equal(open.length, 1, "every element ends");
  assert.equal(root.children.length, 1, "one root element");
  return root.children[0] ?? assert.fail();
}

function parseAttributes(text: string): Readonly<Record<string, string>> {
  const pairs = [...text.matchAll(/ (?<name>[a-z_]+)="(?<value>[^"]*)"/g)].map(({ groups }) => {
    assert.ok(!/[\n\t]/.test(groups?.["value"] ?? ""), "a reader would turn these into spaces");
    return [groups?.["name"] ?? "", unescapeXml(groups?.["value"] ?? "")] as const;
  });
  assert.equal(new Set(pairs.map(([name]) => name)).size, pairs.length, "no attribute twice");
  return Object.fromEntries(pairs);
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  "#10": "\n",
  "#9": "\t",
};

function unescapeXml(text: string): string {
  assert.equal(text, legal(text), "only characters that XML can hold");
  return text.replaceAll(
    /&([^;]*;?)/g,
    (_, entity: string) => ENTITIES[entity.slice(0, -1)] ?? assert.fail(`&${entity}`),
  );
}
