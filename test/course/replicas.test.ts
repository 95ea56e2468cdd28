// Good and bad replicas, as processes: each must get the right verdict, and none may hang the run.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { RunResult } from "../../src/course/runner/index.ts";
import { type Case, type CaseResult, runCases, temporaryDirectory } from "./runs.ts";

const seed = process.env["KEELSON_SEED"] ?? "1";

const hasPython = spawnSync("python3", ["--version"]).status === 0;

const cases = {
  primary: { fault: "none" },
  bare: hasPython
    ? { replica: `python3 "${fileURLToPath(new URL("replicas/bare.py", import.meta.url))}"` }
    : { fault: "none" },
  noisy: { fault: "noisy" },
  "answers twice": { fault: "answers-twice" },
  "answers after redirect": { fault: "answers-after-redirect" },
  stale: { fault: "stale" },
  "stale backups": { fault: "stale-backups", config: { shared_keys: 2, requests: 120, mix: 0.6 } },
  floods: { fault: "floods" },
  bounces: { fault: "bounces", config: { max_packets: 200 } },
  spews: { fault: "spews" },
  dies: { fault: "dies" },
  "dies at once": { replica: `"${process.execPath}" --no-such-flag` },
  "ignores SIGTERM": { fault: "ignores-sigterm", config: { events: [{ type: "kill_non_leader", time: 1 }] } },
  hangs: { fault: "hangs" },
  "never says hello": { fault: "never-says-hello" },
  "not UTF-8": { fault: "not-utf8" },
  garbage: { fault: "garbage" },
  "talks early": { fault: "talks-early" },
  "talks early, strict": { fault: "talks-early", strict: true },
  "restart, forgetful": { fault: "none", config: restartOfPrimary() },
  "restart, persistent": { fault: "persistent", config: restartOfPrimary() },
  paused: { fault: "none", config: pauseOfPrimary() },
} satisfies Record<string, Case>;

const directory = temporaryDirectory();

describe(`replicas under the runner (KEELSON_SEED=${seed}, runs in ${directory})`, () => {
  let outcome: (name: keyof typeof cases) => CaseResult;

  before(async () => {
    outcome = await runCases(cases, { seed, directory });
  });

  test("a primary that copies its puts passes", () => {
    const { result, failed } = outcome("primary");
    assert.deepEqual(failed, []);
    assert.equal(result.statistics.totalMessages, 2 * result.statistics.puts);
    assert.deepEqual(result.statistics.leaders, ["0000"]);
    assert.equal(result.statistics.endToEndLatency.count, 60);
  });

  test("a bare replica answers everything rightly, and fails for want of replication", { skip: !hasPython }, () => {
    const { result, failed } = outcome("bare");
    assert.deepEqual(failed, ["message floor"]);
    assert.equal(result.statistics.incorrect, 0);
    assert.equal(result.statistics.totalMessages, 0);
  });

  test("much output, with characters cut at the reader's borders, is kept whole", () => {
    const { result, failed } = outcome("noisy");
    assert.deepEqual(failed, []);
    const log = readFileSync(path.join(result.directory ?? "", "run.log"), "utf8");
    assert.ok(log.includes("über ".repeat(200)));
    assert.ok(log.includes("→ ".repeat(200)));
    assert.ok(!log.includes("\ufffd"));
  });

  test("a second answer to a MID is a duplicate, which costs the tier and not the run", () => {
    const { result, failed } = outcome("answers twice");
    assert.deepEqual(failed, []);
    assert.equal(result.statistics.duplicates, result.statistics.puts);
    assert.equal(result.scores.find(({ metric }) => metric === "duplicates")?.tier, "none");
    assert.ok(codes(result).includes("duplicate-answer"));
  });

  test("an answer to a redirected MID is incorrect", () => {
    const { result, failed } = outcome("answers after redirect");
    assert.deepEqual(failed, ["incorrect answers"]);
    assert.equal(result.statistics.incorrect, result.statistics.redirects);
    assert.ok(codes(result).includes("incorrect-answer"));
  });

  test("a stale value is incorrect, and no linear order explains it", () => {
    const { result, failed } = outcome("stale");
    assert.deepEqual(failed, ["incorrect answers", "linearizable"]);
    assert.equal(result.statistics.incorrectGets, result.statistics.incorrect);
  });

  test("staleness between clients shows with shared keys", () => {
    const { result, failed } = outcome("stale backups");
    assert.deepEqual(failed, ["linearizable"]);
    assert.equal(new Set(result.operations.map(({ key }) => key)).size, 2);
  });

  test("a flood ends the run early as a packet storm", () => {
    const { result, failed } = outcome("floods");
    assert.ok(failed.includes("conduct"));
    assert.match(result.verdicts.find(({ code }) => code === "packet-storm")?.text ?? "", /000\d sent \d+/);
    assert.ok(result.durationMs < 6800, `${result.durationMs} ms`);
  });

  test("requests bounced around end the run early as a redirect storm", () => {
    const { result, failed } = outcome("bounces");
    assert.ok(failed.includes("conduct"));
    assert.ok(codes(result).includes("redirect-storm"));
  });

  test("endless output neither hangs the run nor fills the disk", () => {
    const { result, failed } = outcome("spews");
    assert.deepEqual(failed, []);
    assert.ok(statSync(path.join(result.directory ?? "", "run.log")).size < 50_000_000);
  });

  test("a crash is noticed, with the exit status and the last words", () => {
    const { result, failed } = outcome("dies");
    assert.ok(failed.includes("replicas died"));
    assert.equal(result.statistics.died, 2);
    const verdict = result.verdicts.find(({ code }) => code === "died");
    assert.match(verdict?.text ?? "", /exit status 1.*out of ideas/);
  });

  test("when nobody lives the run ends at once", () => {
    const { result, failed } = outcome("dies at once");
    assert.ok(failed.includes("replicas died"));
    assert.ok(codes(result).includes("no-replica-left"));
    assert.ok(result.durationMs < 6800, `${result.durationMs} ms`);
  });

  test("a replica that ignores SIGTERM is ended by SIGKILL and fails the run", () => {
    const { result, failed } = outcome("ignores SIGTERM");
    assert.deepEqual(failed, ["conduct"]);
    const accused = result.verdicts.filter(({ code }) => code === "ignored-sigterm").map(({ replica }) => replica);
    assert.deepEqual(accused.toSorted(), ["0000", "0001", "0002"]);
  });

  test("replicas that hang leave everything unanswered, and the run ends in time", () => {
    const { result, failed } = outcome("hangs");
    assert.ok(failed.includes("unanswered puts"));
    assert.ok(failed.includes("state stored"));
    assert.equal(result.scores.find(({ metric }) => metric === "median_latency")?.tier, "none");
    assert.equal(result.statistics.unansweredPuts, result.statistics.puts);
  });

  test("replicas that never say hello are named", () => {
    const { result, failed } = outcome("never says hello");
    assert.ok(failed.includes("replicas died"));
    const accused = result.verdicts.filter(({ code }) => code === "never-said-hello").map(({ replica }) => replica);
    assert.deepEqual(accused.toSorted(), ["0001", "0002"]);
  });

  test("bytes that are not UTF-8 close their sender", () => {
    const { result, failed } = outcome("not UTF-8");
    assert.deepEqual(failed, ["incorrect answers", "replicas died"]);
    assert.equal(result.statistics.died, 2);
    assert.ok(codes(result).includes("not-utf8"));
  });

  test("garbage is counted as incorrect and quoted", () => {
    const { result, failed } = outcome("garbage");
    assert.deepEqual(failed, ["incorrect answers"]);
    assert.equal(result.statistics.incorrect, 2 * 3 * result.statistics.puts);
    assert.match(result.verdicts.find(({ code }) => code === "incorrect-message")?.text ?? "", /not JSON: hello world/);
  });

  test("talking before the others have said hello is a warning", () => {
    const { result, failed } = outcome("talks early");
    assert.deepEqual(failed, []);
    assert.ok(codes(result).includes("message-before-hello"));
    assert.equal(result.statistics.messagesByType["good-morning"], 2);
  });

  test("in strict mode it kills the others, as in the original", () => {
    const { result, failed } = outcome("talks early, strict");
    assert.ok(failed.includes("replicas died"));
    assert.equal(result.statistics.died, 2);
  });

  test("a restarted replica that kept its state in KEELSON_STATE_DIR passes", () => {
    const { result, failed } = outcome("restart, persistent");
    assert.deepEqual(failed, []);
    assert.equal(result.statistics.restarted, 1);
  });

  test("a restarted replica that forgot its state does not pass", () => {
    const { failed } = outcome("restart, forgetful");
    assert.ok(failed.includes("linearizable"));
  });

  test("a paused replica answers once it goes on", () => {
    const { result, failed } = outcome("paused");
    assert.deepEqual(failed, []);
    assert.ok((result.statistics.endToEndLatency.max ?? 0) > 500);
    assert.equal(result.statistics.unansweredPuts, 0);
  });
});

function codes(result: RunResult): readonly string[] {
  return result.verdicts.map(({ code }) => code);
}

function restartOfPrimary(): object {
  const events = [
    { type: "kill", time: 2, replica: "0000" },
    { type: "restart", time: 2.2 },
  ];
  return { events, requests: 200, mix: 0.5 };
}

function pauseOfPrimary(): object {
  return {
    events: [
      { type: "pause", time: 2, replica: "leader" },
      { type: "resume", time: 3 },
    ],
  };
}
