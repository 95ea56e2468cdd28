// Two executions of one seed, equal and not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { failedReport, type TaskReport } from "./job.ts";
import { compareExecutions, prepareJob } from "./run-task.ts";

const { failure: _, ...nothing } = failedReport({ oracle: "", rule: "", detail: "" });
const FIRST: TaskReport = { ...nothing, traceHash: "aa" };

test("equal traces pass, and the report is the first one", () => {
  assert.equal(compareExecutions(FIRST, { ...FIRST }), FIRST);
});

test("another trace is a failure that names both hashes", () => {
  const { failure } = compareExecutions(FIRST, { ...FIRST, traceHash: "bb" });
  assert.deepEqual(failure, {
    oracle: "determinism",
    rule: "one seed is one execution",
    detail: "two executions of one seed differ: trace hash aa, then bb",
  });
});

test("a second execution that fails is a failure, whatever its hash", () => {
  const second = { ...FIRST, failure: { oracle: "ghost", rule: "R1", detail: "two leaders" } };
  assert.equal(compareExecutions(FIRST, second).failure?.oracle, "determinism");
});

test("a cluster has as many voters as are asked for, and the seed's other settings", () => {
  const run = (replicas: number) => prepareJob({ kind: "cluster", twice: true, replicas })({ seed: "1", config: 0 });
  const [three, seven] = [run(3), run(7)];
  assert.deepEqual([three.failure, seven.failure], [undefined, undefined]);
  assert.notEqual(three.traceHash, seven.traceHash);
});
