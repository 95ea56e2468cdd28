// Histories in every format that the checker reads: what they mean, which verdict they get, and how malformed ones are told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkRecorded, type RecordedCheckOptions, readHistory } from "../../src/checker/index.ts";

/** The verdict in short, or what is malformed with its line. */
function verdict(text: string, options: RecordedCheckOptions = {}): string {
  const read = readHistory(text);
  if (read.kind === "malformed") return `${read.line}: ${read.reason}`;
  const result = checkRecorded(read.history, options);
  if (result.verdict === "malformed") return `${result.line}: ${result.reason}`;
  return `${result.verdict} ${result.model} ${result.operations}`;
}

const log = (...events: readonly string[]): string =>
  events.map((event) => `INFO  jepsen.util - ${event.split(" ").join("\t")}\n`).join("");

test("a log: reads, writes and cas among other loggers' lines", () => {
  const text =
    "INFO  jepsen.core - Worker 0 starting\nWARN  jepsen.util - nothing to do\n" +
    log("0 :invoke :read nil", ":nemesis :info :start nil", "1 :invoke :write 3", "0 :ok :read nil", "1 :ok :write 3") +
    "INFO  jepsen.util - 2\t:invoke\t:cas\t[3 4]\nINFO  jepsen.util - 2 \t:ok :cas \t[3 4] \t:hint 7\n" +
    "2026-03-01 12:00:00,123{GMT}\tINFO\t[jepsen worker 0] jepsen.util: 3\t:invoke\t:read\tnil\n" +
    "2026-03-01 12:00:00,124{GMT}\tINFO\t[jepsen worker 0] jepsen.util: 3\t:ok\t:read\t4\n";
  assert.equal(verdict(text), "linearizable cas-register 4");
  assert.equal(verdict(text.replace(":ok\t:read\t4", ":ok\t:read\t3")), "not-linearizable cas-register 4");
});

test("a log without loggers, as in history.txt", () => {
  const text = "0\t:invoke\t:write\t1\n0\t:ok\t:write\t1\n1\t:invoke\t:read\tnil\n1\t:ok\t:read\t";
  assert.equal(verdict(`${text}1\n`), "linearizable register 2");
  assert.equal(verdict(`${text}2\n`), "not-linearizable register 2");
});

test("a log: info and a read that timed out leave the fate open", () => {
  const lost = log(
    "0 :invoke :write 1",
    "0 :info :write :timed-out",
    "1 :invoke :read nil",
    "1 :fail :read :timed-out",
  );
  for (const seen of ["nil", "1"]) {
    assert.equal(verdict(lost + log("2 :invoke :read nil", `2 :ok :read ${seen}`)), "linearizable register 3", seen);
  }
  assert.equal(verdict(lost + log("2 :invoke :read nil", "2 :ok :read 2")), "not-linearizable register 3");
  const twice = log("2 :invoke :read nil", "2 :ok :read 1", "2 :invoke :read nil", "2 :ok :read nil");
  assert.equal(verdict(lost + twice), "not-linearizable register 4");
});

test("a failed write took no effect; a failed cas is read as its tool means it", () => {
  const failed = log("0 :invoke :write 1", "0 :fail :write 1", "1 :invoke :read nil", "1 :ok :read 1");
  assert.equal(verdict(failed), "not-linearizable register 2");
  const cas = log("0 :invoke :write 1", "0 :ok :write 1", "0 :invoke :cas [1 2]", "0 :fail :cas [1 2]");
  assert.equal(verdict(cas), "not-linearizable cas-register 2");
  assert.equal(verdict(cas, { failedCas: "no-effect" }), "linearizable cas-register 2");
  assert.equal(
    verdict(cas.replace(":fail\t:cas\t[1\t2]", ":fail\t:cas\t[1 2]\t:refused")),
    "linearizable cas-register 2",
  );
  const edn = `[{:process 0 :type :invoke :f :write :value 1} {:process 0 :type :ok :f :write :value 1}
    {:process 0 :type :invoke :f :cas :value [1 2]} {:process 0 :type :fail :f :cas :value [1 2]}]`;
  assert.equal(verdict(edn), "linearizable cas-register 2");
  assert.equal(verdict(edn, { failedCas: "refused" }), "not-linearizable cas-register 2");
});

test("EDN: a vector, a list and one map per line, with everything that is to be read over", () => {
  const maps = [
    "{:type :invoke, :f :write, :value 1, :process 0, :time 3e4, :error [:oops {:a #{1 2} :b 1/2}]}",
    '#jepsen.history.Op{:index 1, :type :ok, :f :write, :value 1, :process 0, :note "a \\"quoted\\" \\u0041"}',
    "{:type :info, :f :start, :process :nemesis, :value nil}",
    "{:type :invoke, :f :read, :value nil, :process 1}",
    '#_{:ignored true} {:type :ok, :f :read, :value 1, :process 1, :at #inst "2026-01-01", :c \\a} ; said\n',
  ];
  assert.equal(verdict(`; a comment\n[${maps.join("\n")}]`), "linearizable register 2");
  assert.equal(verdict(`(${maps.join(" ")})`), "linearizable register 2");
  assert.equal(verdict(maps.join("\n")), "linearizable register 2");
  assert.equal(verdict(`{:name "test" :history [${maps.join(",")}]}`), "linearizable register 2");
});

const edn = (...operations: readonly string[]): string =>
  operations
    .map((operation) => `{${operation.replace(/^(\d+) (\S+) (\S+)/, ":process $1, :type $2, :f $3")}}\n`)
    .join("");

test("EDN: put, get and append by key", () => {
  const text = edn(
    '0 :invoke :append :key "a" :value "x"',
    '1 :invoke :get :key "b" :value nil',
    '1 :ok :get :key "b" :value ""',
    '0 :ok :append :key "a" :value "x"',
    '0 :invoke :append :key "a" :value "y"',
    '0 :ok :append :key "a" :value "y"',
    '1 :invoke :get :key "a" :value nil',
    '1 :ok :get :key "a" :value "xy"',
  );
  assert.equal(verdict(text), "linearizable key-value 4");
  assert.equal(verdict(text.replace('"xy"', '"yx"')), "not-linearizable key-value 4");
});

test("EDN: pairs of key and value are told from a cas by the operation", () => {
  const keyed = edn(
    "0 :invoke :write :value [7 1]",
    "0 :ok :write :value [7 1]",
    "0 :invoke :cas :value [7 [1 2]]",
    "0 :ok :cas :value [7 [1 2]]",
    "1 :invoke :read :value [8 nil]",
    "1 :ok :read :value [8 nil]",
    "1 :invoke :read :value [7 nil]",
    "1 :ok :read :value [7 2]",
  );
  assert.equal(verdict(keyed), "linearizable cas-register 4");
  assert.equal(verdict(keyed.replace(":value [7 2]}", ":value [7 1]}")), "not-linearizable cas-register 4");
  const plain = edn("0 :invoke :cas :value [1 2]", "0 :info :cas :value [1 2]", "1 :invoke :read :value nil");
  assert.equal(verdict(plain), "linearizable cas-register 2");
  const vectors = edn(
    "0 :invoke :write :value [7 1]",
    "0 :ok :write :value [7 1]",
    "1 :invoke :read :value nil",
    "1 :ok :read :value [7 1]",
  );
  assert.equal(verdict(vectors), "linearizable register 2");
});

test("a mutex: nobody acquires what is held, unless its release may have happened", () => {
  const twice = edn("0 :invoke :acquire", "0 :ok :acquire", "1 :invoke :acquire", "1 :ok :acquire");
  assert.equal(verdict(twice), "not-linearizable mutex 2");
  assert.equal(
    verdict(
      edn("0 :invoke :acquire", "0 :ok :acquire", "0 :invoke :release", "0 :info :release") +
        twice.split("\n").slice(2).join("\n"),
    ),
    "linearizable mutex 3",
  );
  assert.equal(
    verdict(edn("0 :invoke :acquire", "0 :ok :acquire", "1 :invoke :acquire", "1 :fail :acquire")),
    "linearizable mutex 2",
  );
});

test("transactions see the whole store at one moment", () => {
  const text = (seen: string) =>
    edn(
      "0 :invoke :txn :value [[:w :x 1] [:w :y 1]]",
      "0 :ok :txn :value [[:w :x 1] [:w :y 1]]",
      "1 :invoke :txn :value [[:r :x nil] [:append :l 5] [:r :y nil] [:r :l nil]]",
      `1 :ok :txn :value [[:r :x 1] [:append :l 5] [:r :y ${seen}] [:r :l [5]]]`,
    );
  assert.equal(verdict(text("1")), "linearizable transactions 2");
  assert.equal(verdict(text("nil")), "not-linearizable transactions 2");
});

test("a history begins with nothing, or with 0 where it shows that", () => {
  const read = (value: string) => edn("0 :invoke :read :value nil", `0 :ok :read :value ${value}`);
  assert.equal(verdict(read("nil")), "linearizable register 1");
  assert.equal(verdict(read("0")), "linearizable register 1");
  assert.equal(verdict(read("5")), "not-linearizable register 1");
  assert.equal(verdict(read("nil") + read("0")), "not-linearizable register 2");
  assert.equal(verdict(read("5"), { initial: 5 }), "linearizable register 1");
  assert.equal(verdict(read("0"), { initial: null }), "not-linearizable register 1");
});

test("JSON lines: whole operations, or one event a line", () => {
  const operations = (seen: string) =>
    [
      '{"process":"a","f":"put","key":"k","value":"1","call":0,"return":1.5}',
      '{"process":"b","f":"cas","key":"k","value":["1","2"],"call":2,"return":3,"output":true}',
      '{"process":"b","f":"append","key":"k","value":"!","call":4}',
      `{"process":"c","f":"get","key":"k","call":5,"return":6,"output":${JSON.stringify(seen)}}`,
    ].join("\n");
  assert.equal(verdict(operations("2")), "linearizable key-value 4");
  assert.equal(verdict(operations("2!")), "linearizable key-value 4");
  assert.equal(verdict(operations("1")), "not-linearizable key-value 4");
  const events = '{"process":1,"type":"invoke","f":"write","value":1}\n{"process":1,"type":"ok","f":"write"}\n';
  assert.equal(verdict(events), "linearizable register 1");
});

test("a trace of ours: its client events", () => {
  const trace = (seen: string) =>
    [
      '{"type":"run","at":0,"format":"keelson-trace","version":0,"producer":"t","name":"n","seed":"1","replicas":[],"clients":["c"]}',
      '{"type":"client-invoke","at":1,"operation":1,"client":"c","name":"put","key":"k","value":"v"}',
      '{"type":"send","at":1.5,"id":1,"from":"a","to":"b","message":"m","bytes":1}',
      '{"type":"client-return","at":2,"operation":1,"client":"c","outcome":"ok"}',
      '{"type":"client-invoke","at":3,"operation":2,"client":"c","name":"get","key":"k"}',
      `{"type":"client-return","at":4,"operation":2,"client":"c","outcome":"ok","value":"${seen}"}`,
    ].join("\n");
  assert.equal(verdict(trace("v")), "linearizable key-value 2");
  assert.equal(verdict(trace("w")), "not-linearizable key-value 2");
});

test("malformed histories are told by line", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["", /^1: the history is empty/],
    ["nothing here\n", /^1: no operation found/],
    [log("0 :ok :read nil"), /^1: process 0 ends read without having begun it/],
    [log("0 :invoke :read nil", "0 :invoke :read nil"), /^2: process 0 begins read while its read of line 1 is open/],
    [log("0 :invoke :read nil", "0 :ok :write 1"), /^2: process 0 ends write, but began read in line 1/],
    [log("0 :invoke :frobnicate nil"), /^1: operation "frobnicate" is unknown/],
    [log("0 :invoke :read nil", "0 :done :read 1"), /^2: :done is no type of event/],
    [log("0 :invoke :write 1", "0 :ok :write 1").replace("1\n", "[1\n"), /^1: "\[" is never closed/],
    ["[{:process 0 :type :invoke :f :read}\n{:process 0 :type", /^1: "\[" is never closed|^2: /],
    ["[{:process 0 :type :invoke}]", /^1: an operation has no :f/],
    ["[{:type :invoke :f :read}]", /^1: an operation has no :process/],
    ["[{:process 0 :f :read}]", /^1: an operation has no :type/],
    ["[1 2]", /^1: expected a map/],
    ["{:a}", /^1: a map has a key without a value/],
    ["[".repeat(5000), /^1: nested deeper/],
    ['{"process":1,"f":"read","call":2,"return":1}', /^1: "return" 1 is before "call" 2/],
    ['{"process":1,"f":"read"', /^1: not JSON/],
    [edn("0 :invoke :cas :value 3"), /^1: a cas takes \[from to\]/],
    [edn("0 :invoke :append :value 3 :key 1"), /^1: an append to a key takes a text/],
  ];
  for (const [text, expected] of cases) assert.match(verdict(text), expected);
  const options = { model: "register" } as const;
  assert.match(verdict(log("0 :invoke :cas [1 2]"), options), /^1: operation "cas" is none of model register/);
});

test("a process that is used again after info is a new one", () => {
  const text = log(
    "0 :invoke :write 1",
    "0 :info :write 1",
    "0 :invoke :read nil",
    "0 :ok :read nil",
    "1 :invoke :read nil",
    "1 :ok :read 1",
  );
  assert.equal(verdict(text), "linearizable register 3");
});
