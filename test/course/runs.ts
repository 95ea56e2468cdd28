// Short runs of small replicas for the tests: many side by side, because most of their time is waiting.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseConfig, type RunResult, resolveReplica, runCampaign } from "../../src/course/runner/index.ts";
import type { Fault } from "./replicas/faulty.ts";

/** A run to be made: of a replica with a fault, or of any other, and what its config has beside the usual. */
export type Case = ({ readonly fault: Fault } | { readonly replica: string }) & {
  readonly config?: object;
  readonly strict?: boolean;
};

/** What a case gave. */
export interface CaseResult {
  readonly result: RunResult;
  /** Names of the checks that failed. */
  readonly failed: readonly string[];
}

const FAULTY = fileURLToPath(new URL("replicas/faulty.ts", import.meta.url));

/** Three replicas, 60 requests in five seconds. */
const USUAL = { lifetime: 5, start_wait: 1.5, end_wait: 0.3, replicas: 3, requests: 60, mix: 0.3, max_packets: 2000 };

const BENCHMARKS = {
  total_msgs: [200, 300, 400],
  failures: [1, 2, 3],
  duplicates: [1, 2, 3],
  median_latency: [1, 2, 3],
};

/** A fresh directory that outlives the test, so that a failure can be looked into. */
export function temporaryDirectory(): string {
  return mkdtempSync(path.join(tmpdir(), "keelson-course-"));
}

/** The command of a replica with a fault. */
export function faulty(fault: Fault): string {
  return `"${process.execPath}" "${FAULTY}" ${fault}`;
}

/** A config's text: the usual one, changed by `settings`. */
export function configText(settings: object = {}): string {
  const tests = { benchmarks: BENCHMARKS, maximum_get_generation_fail_fraction: 1 };
  return JSON.stringify({ ...USUAL, tests, ...settings });
}

/** Makes all runs, some side by side, and gives their results by the cases' names. */
export async function runCases<Name extends string>(
  cases: Readonly<Record<Name, Case>>,
  { seed, directory }: { seed: string; directory: string },
): Promise<(name: Name) => CaseResult> {
  const results = new Map<string, CaseResult>();
  const waiting = Object.entries<Case>(cases);
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, one] = next;
      results.set(name, await runCase(one, { seed, directory: path.join(directory, name) }));
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  return (name) => {
    const result = results.get(name);
    assert.ok(result !== undefined, `${name} has run`);
    return result;
  };
}

async function runCase(one: Case, { seed, directory }: { seed: string; directory: string }): Promise<CaseResult> {
  const { config: settings, strict = false } = one;
  const parsed = parseConfig(configText(settings), { file: "short.json" });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  const resolved = resolveReplica("fault" in one ? faulty(one.fault) : one.replica);
  assert.ok(resolved.ok, JSON.stringify(resolved));
  const [result] = await runCampaign({
    plan: [{ config: parsed.config, path: "short.json", seeds: [seed] }],
    command: resolved.command,
    jobs: 1,
    outDirectory: directory,
    strict,
    program: "keelson",
    producer: "test",
    display: { started: () => {}, finished: () => {} },
  });
  assert.ok(result !== undefined);
  return { result, failed: result.checks.filter(({ passed }) => !passed).map(({ name }) => name) };
}
