// Shrinks what the planted bugs do, each with the first seed that finds it, and prints what is left: decisions, replicas, processor time.
//
//   node scripts/shrink-bugs.ts [NAME...]               all bugs, or these
//     --limit SECONDS   at most so long for each (60)      --jobs N          at once (2)
//     --report FILE     the figures as JSON                --keep DIRECTORY  the scenarios, as regression tests that expect "passes"
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { formatScenarioFile } from "../src/cli/replay/scenario-file.ts";
import { plantedBugs } from "../test/mutations/catalogue/index.ts";
import { inParallel } from "../test/mutations/hunt.ts";
import knownSeeds from "../test/mutations/known-seeds.json" with { type: "json" };
import type { PlantedBug } from "../test/mutations/planted-bug.ts";
import type { ShrinkNews, ShrinkTask } from "../test/replay/shrink-worker.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    limit: { type: "string", default: "60" },
    jobs: { type: "string", default: "2" },
    report: { type: "string" },
    keep: { type: "string" },
  },
});

/** One bug's figures. */
interface Row {
  readonly bug: string;
  readonly seed?: string;
  readonly rule?: string;
  readonly recorded?: number;
  readonly decisions?: number;
  readonly replicas?: number;
  readonly replays?: number;
  readonly seconds?: number;
  readonly complete?: boolean;
  /** Why there is nothing else. */
  readonly problem?: string;
}

/** Seeds that are tried where none is known to find the bug. */
const SEEDS_TRIED = 40;

const seedOf: Readonly<Record<string, string>> = knownSeeds;
const rows: Row[] = [];
const bugs = plantedBugs.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
await inParallel(Number(values.jobs), bugs, async (bug) => {
  const row = await measure(bug);
  rows.push(row);
  const { rule, recorded, decisions, replicas, replays, seconds, complete, problem } = row;
  const figures = `${recorded} -> ${decisions} decisions, ${replicas} replicas, ${replays} replays, ${seconds} s`;
  console.log(`${bug.name}: ${problem ?? `${rule}: ${figures}${complete ? "" : ", cut short"}`}`);
});
const sizes = rows.flatMap(({ decisions }) => (decisions === undefined ? [] : [decisions])).sort((a, b) => a - b);
const slow = rows.filter(({ complete }) => complete === false).length;
console.log(
  `${sizes.length} of ${bugs.length} shrunk: median ${sizes[sizes.length >> 1]}, most ${sizes.at(-1)}; ${slow} cut short`,
);
if (values.report !== undefined) writeFileSync(values.report, `${JSON.stringify(rows, null, 2)}\n`);

async function measure(bug: PlantedBug): Promise<Row> {
  const known = seedOf[bug.name];
  const seeds = known === undefined ? Array.from({ length: SEEDS_TRIED }, (_, at) => `${at + 1}`) : [known];
  try {
    const { shrunk } = await inWorker({ patches: bug.patches, seeds, limitMs: Number(values.limit) * 1000 });
    if (shrunk === undefined) return { bug: bug.name, problem: `not found with ${seeds.length} seeds` };
    const { scenario, violation, recorded, replays, cpuMs, complete } = shrunk;
    if (values.keep !== undefined) keep(values.keep, bug, shrunk);
    return {
      bug: bug.name,
      seed: scenario.seed,
      rule: `${violation.oracle}: ${violation.rule}`,
      recorded,
      decisions: scenario.decisions.length,
      replicas: scenario.settings.nodes.length,
      replays,
      seconds: Math.round(cpuMs / 100) / 10,
      complete,
    };
  } catch (error) {
    return { bug: bug.name, problem: error instanceof Error ? error.message : String(error) };
  }
}

function keep(directory: string, bug: PlantedBug, { scenario, violation }: NonNullable<ShrinkNews["shrunk"]>): void {
  mkdirSync(directory, { recursive: true });
  const remarks = [
    `This history broke "${violation.rule}" when a bug was planted: ${bug.does}.`,
    "With the core as it is, it must pass.",
  ];
  const text = formatScenarioFile({ scenario, expect: "passes" }, { keelson: "0.1.0", remarks });
  writeFileSync(path.join(directory, `${bug.name}.scenario`), text);
}

/** A run that hangs is given up together with its worker. */
function inWorker(workerData: ShrinkTask): Promise<ShrinkNews> {
  const worker = new Worker(new URL("../test/replay/shrink-worker.ts", import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => end(() => reject(new Error("hangs"))), workerData.limitMs * 20);
    const end = (settle: () => void) => {
      clearTimeout(deadline);
      void worker.terminate();
      settle();
    };
    worker.on("message", (news: ShrinkNews) => end(() => resolve(news)));
    worker.on("error", (error) => end(() => reject(error)));
  });
}
