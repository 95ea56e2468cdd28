// Campaigns with made-up runs: what becomes of seeds that fail, throw, kill their worker or hang, and of a campaign that is cut short.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Campaign, type CampaignOptions, type CampaignState } from "../../src/cli/simulate/campaign.ts";
import type { ClusterJob } from "../../src/cli/simulate/job.ts";
import { provenance } from "../../src/cli/simulate/provenance.ts";
import { reportOf } from "../../src/cli/simulate/report.ts";
import { formatCampaign } from "../../src/cli/simulate/summary.ts";
import type { FailedSeed } from "../../src/cli/simulate/tally.ts";
import type { Oddity } from "./odd-worker.ts";

const JOB: ClusterJob = { kind: "cluster", twice: false };

/** A campaign with made-up runs; `told` are the failures in the order in which a user sees them. */
function oddCampaign(options: Pick<CampaignOptions, "seeds"> & Partial<CampaignOptions>): {
  readonly campaign: Campaign;
  readonly told: FailedSeed[];
} {
  const told: FailedSeed[] = [];
  const campaign = new Campaign({
    job: JOB,
    jobs: 2,
    taskLimitMs: 60_000,
    stopOnFailure: false,
    display: { write: () => {} },
    describe: (failed) => {
      told.push(failed);
      return failed.rule;
    },
    program: fileURLToPath(new URL("odd-worker.ts", import.meta.url)),
    ...options,
  });
  return { campaign, told };
}

function oraclesOf({ totals }: CampaignState): Record<string, string> {
  return Object.fromEntries(totals.failures.map(({ seed, oracle }) => [seed, oracle]));
}

function textOf(state: CampaignState): string {
  const origin = {
    command: "",
    provenance: provenance(),
    startedAt: "",
    job: { kind: "cluster", twice: false } as const,
  };
  return formatCampaign(reportOf(state, origin), { colors: false, program: "keelson", job: JOB });
}

const expected: Readonly<Record<string, { readonly oddity: Oddity; readonly oracle: string }>> = {
  13: { oddity: "violation", oracle: "ghost" },
  14: { oddity: "throws", oracle: "exception" },
  15: { oddity: "dies", oracle: "died" },
  16: { oddity: "hangs", oracle: "hung" },
};

test("a seed that violates, throws, kills its worker or hangs is reported; all others run, each once", async () => {
  const { campaign, told } = oddCampaign({ seeds: { from: 1, to: 19 }, taskLimitMs: 4_000 });
  const state = await campaign.run();
  const oracles = Object.fromEntries(Object.entries(expected).map(([seed, { oracle }]) => [seed, oracle]));
  assert.deepEqual(oraclesOf(state), oracles);
  assert.deepEqual(Object.fromEntries(told.map(({ seed, oracle }) => [seed, oracle])), oracles);
  assert.deepEqual(state.done.ranges, [{ from: 1, to: 19 }]);
  assert.equal(state.isInterrupted, false);
  const { runs, failing, operations, coverage } = state.totals;
  assert.deepEqual(
    [runs, failing, operations],
    [19, 4, 16 * 200],
    "a violation comes with its counts, the others without",
  );
  assert.equal(coverage["an interesting thing"], 16);
});

test("what a campaign prints names the seed, the rule, what happened, the replay command, and counters that stand at zero", async () => {
  const { campaign } = oddCampaign({ seeds: { from: 8, to: 15 } });
  const text = textOf(await campaign.run());
  assert.match(text, /^seeds 8\.\.15: 8 runs, 3 FAILED, in /);
  assert.match(
    text,
    /failed seed 13: ghost: R0 nothing is made up at 1\.234 s of virtual time\n {2}it was\n {2}again: {2}keelson simulate --seed 13\n/,
  );
  assert.match(text, /failed seed 14: exception: .*\n {2}TypeError: a planted mistake\n/);
  assert.match(text, /failed seed 15: died: .*\n {2}the worker ended: SIGKILL\n {2}last words\n/);
  assert.match(text, / 12 {2}elections won\n/);
  assert.match(text, /never reached, so nothing is claimed about it:\n(?: +0 {2}.*\n)* +0 {2}snapshots installed\n/);
});

test("a campaign may end at the first failure", async () => {
  const { campaign } = oddCampaign({ seeds: { from: 12, to: 14 }, stopOnFailure: true, jobs: 1 });
  const state = await campaign.run();
  assert.deepEqual(oraclesOf(state), { 13: "ghost" });
  assert.deepEqual([state.totals.runs, state.isInterrupted], [2, true]);
});

test("an interrupted campaign gives what it has, and goes on later with what it has not", async () => {
  const { campaign } = oddCampaign({ seeds: { from: 100, to: 999_999 } });
  setTimeout(() => campaign.interrupt(), 1_500);
  const first = await campaign.run();
  const { runs } = first.totals;
  assert.equal(first.isInterrupted, true);
  assert.equal(first.done.size, runs);

  const more = { from: 100, to: 100 + runs + 20 };
  const second = await oddCampaign({ seeds: more, earlier: first }).campaign.run();
  assert.deepEqual(second.done.ranges, [more], "now all have run");
  assert.equal(second.totals.runs, runs + 21, "and none twice");
});

test("equal seeds give an equal digest, in whatever order they run", async () => {
  const digest = async (jobs: number) => {
    const { campaign } = oddCampaign({ seeds: { from: 1, to: 9 }, jobs });
    return (await campaign.run()).totals.traceDigest;
  };
  const other = await oddCampaign({ seeds: { from: 1, to: 8 } }).campaign.run();
  assert.equal(await digest(1), await digest(3));
  assert.notEqual(other.totals.traceDigest, await digest(1));
});

test("no run begins when the time is up", async () => {
  const { campaign } = oddCampaign({ seeds: { from: 1, to: 999_999_999 }, limitMs: 1 });
  const state = await campaign.run();
  assert.ok(state.totals.runs <= 4, `${state.totals.runs} runs`);
  assert.equal(state.isInterrupted, false);
});

test("workers that cannot start are an error that tells why, not an endless loop", async () => {
  const { campaign } = oddCampaign({ seeds: { from: 1, to: 9 }, program: "no-such-program.ts" });
  await assert.rejects(campaign.run(), /a worker process cannot start: exit status 1\n.*no-such-program/s);
});
