// `keelson check` as a user runs it: what it prints, which page it writes, and its exit status.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const PROGRAM = fileURLToPath(new URL("../main.ts", import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "keelson-check-"));

after(() => rmSync(FOLDER, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(FOLDER, name);
  writeFileSync(path, content);
  return path;
}

function check(words: readonly string[], input = ""): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, "check", ...words], {
    encoding: "utf8",
    input,
  });
  return { status, stdout, stderr };
}

const RIGHT = "0\t:invoke\t:write\t1\n0\t:ok\t:write\t1\n1\t:invoke\t:read\tnil\n1\t:ok\t:read\t1\n";
const WRONG = RIGHT.replace(/1\n$/, "2\n");
const right = file("right.log", RIGHT);
const wrong = file("wrong.log", WRONG);
const malformed = file("malformed.log", `${RIGHT}0\t:ok\t:read\t1\n`);
// Whether the appends came in this order shows only at the end.
const hard = file(
  "hard.jsonl",
  [
    ...Array.from(
      { length: 12 },
      (_, index) => `{"process":${index},"f":"append","key":"k","value":"${index}.","call":0,"return":9}`,
    ),
    '{"process":99,"f":"get","key":"k","call":10,"return":11,"output":"none"}',
  ].join("\n"),
);

test("a linearizable history: status 0 and one line", () => {
  const { status, stdout, stderr } = check([right]);
  assert.deepEqual([status, stderr], [0, ""]);
  assert.match(stdout, /^.*right\.log: linearizable \(2 operations, model register, 1 part, \d+ steps\)\n$/);
});

test("a violation: status 1, the operation that cannot be placed and where it is", () => {
  const { status, stdout } = check([wrong]);
  assert.equal(status, 1);
  assert.match(stdout, /not linearizable: read\(\) -> 2 by 1 \(2 \.\. 3\) cannot be placed/);
  assert.match(stdout, /write\(1\) by 0 \(0 \.\. 1\), then the value is 1/);
  assert.match(stdout, /it is in lines 3 and 4/);
});

test("a history may be gzipped, or come from standard input", () => {
  assert.equal(check([file("right.log.gz", gzipSync(RIGHT))]).status, 0);
  assert.equal(check(["-"], RIGHT).status, 0);
  assert.equal(check(["-"], WRONG).status, 1);
});

test("malformed input: status 2, the file, the line and the reason, no stack trace", () => {
  const { status, stderr } = check([malformed]);
  assert.equal(status, 2);
  assert.match(stderr, /^keelson: .*malformed\.log:5: process 0 ends read without having begun it\n$/);
  for (const [name, content, reason] of [
    ["cut.gz", gzipSync(RIGHT).subarray(0, 20), /damaged or cut gzip/],
    ["bytes.log", Uint8Array.of(0x30, 0xff, 0xfe), /not a text in UTF-8/],
    ["empty.log", "", /the history is empty/],
  ] as const) {
    const found = check([file(name, content)]);
    assert.equal(found.status, 2, name);
    assert.match(found.stderr, reason);
  }
  assert.match(check([join(FOLDER, "none.log")]).stderr, /^keelson: .*none\.log: no such file\n$/);
});

test("a limit that is reached is unknown: status 3", () => {
  for (const limit of [
    ["--step-limit", "1000"],
    ["--time-limit", "0.001"],
  ]) {
    const { status, stdout } = check([hard, ...limit]);
    assert.equal(status, 3, limit[0]);
    assert.match(stdout, /unknown .*\n {2}key "k": no verdict within/);
  }
});

test("of several files the worst decides: 2, 1, 3, 0", () => {
  const limit = ["--step-limit", "1000"];
  assert.equal(check([right, hard, ...limit]).status, 3);
  assert.equal(check([hard, wrong, right, ...limit]).status, 1);
  assert.equal(check([wrong, malformed, hard, ...limit]).status, 2);
});

test("--html writes one page that needs nothing else", () => {
  const page = join(FOLDER, "page.html");
  const evil = file("evil.jsonl", '{"process":"<b>","f":"get","key":"</script><i>","call":0,"return":1,"output":"&"}');
  assert.equal(check([right, evil, "--html", page]).status, 1);
  const html = readFileSync(page, "utf8");
  assert.match(html, /^<!doctype html>/);
  assert.match(html, /class="bar blocked"/);
  assert.doesNotMatch(html, /https?:|<i>|<b>&|src=/);
  const none = join(FOLDER, "none.html");
  assert.match(check([right, "--html", none]).stderr, /no violation found/);
  assert.ok(!existsSync(none));
});

test("--json prints one object for each file", () => {
  const { stdout } = check([right, wrong, malformed, "--json"]);
  const [first, second, third] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual([first?.["verdict"], first?.["operations"], first?.["model"]], ["linearizable", 2, "register"]);
  assert.equal(second?.["verdict"], "not-linearizable");
  assert.deepEqual([third?.["verdict"], third?.["line"]], ["malformed", 5]);
});

test("mistakes in flags: status 2 and one line", () => {
  for (const words of [
    [],
    [right, "--model", "queue"],
    [right, "--initial", "("],
    [right, "--time-limit", "0"],
    ["-", "-"],
  ]) {
    const { status, stderr } = check(words);
    assert.equal(status, 2, words.join(" "));
    assert.match(stderr, /^keelson: [^\n]+\n$/);
  }
});
