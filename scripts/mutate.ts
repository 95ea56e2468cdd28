// Hunts the planted bugs with the general swarm: `npm run mutate -- --help`. docs/planted-bugs.md explains.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import Table from "cli-table3";
import { controls, openBugs, plantedBugs } from "../test/mutations/catalogue/index.ts";
import { type Hunt, huntAll, inParallel, type Verdict, verdictsOf } from "../test/mutations/hunt.ts";
import { isHeldBack, type PlantedBug } from "../test/mutations/planted-bug.ts";
import { runBlock } from "../test/mutations/seed-block.ts";

const HELP = `Plants bugs into the source while it loads, and counts the seeds until the simulator notices.

npm run mutate -- [NAME|NUMBER...] [options]

  NAME|NUMBER     bugs to hunt (default: the two thirds that are open to tuning)
  --held-back     the third that is held back instead
  --all           both
  --controls      run the controls instead: changes that are no bugs, and must raise nothing
  --seeds N       seeds of each control (default 300)
  --blocks N      disjoint blocks of seeds for each bug (default 1)
  --from SEED     first seed (default 1)
  --jobs N        workers (default 2)
  --json FILE     append each result to FILE, one line each
  --known         write the first seed that found each bug into test/mutations/known-seeds.json
  --table FILE    run nothing, print the table of such a file
  --markdown      print the table as Markdown`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "held-back": { type: "boolean", default: false },
    all: { type: "boolean", default: false },
    controls: { type: "boolean", default: false },
    seeds: { type: "string", default: "300" },
    blocks: { type: "string", default: "1" },
    from: { type: "string", default: "1" },
    jobs: { type: "string", default: "2" },
    json: { type: "string" },
    table: { type: "string" },
    known: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const jobs = wholeNumber("jobs");
const firstSeed = wholeNumber("from");

if (values.help) console.log(HELP);
else if (values.table !== undefined) printTable(readHunts(values.table));
else if (values.controls) await runControls();
else await hunt();

async function hunt(): Promise<void> {
  const hunts: Hunt[] = [];
  const bugs = chosenBugs();
  await huntAll(bugs, { blocks: wholeNumber("blocks"), jobs, firstSeed }, (done) => {
    hunts.push(done);
    if (values.json !== undefined) appendFileSync(values.json, `${JSON.stringify(done)}\n`);
    const { found, seeds, wallMs } = done.result;
    const outcome = found === undefined ? "SURVIVED" : `${found.oracle}: ${found.detail.slice(0, 150)}`;
    console.log(`${done.bug} block ${done.block}: ${seeds} seeds, ${(wallMs / 1000).toFixed(1)} s, ${outcome}`);
  });
  printTable(hunts);
  if (values.known) writeKnownSeeds(hunts);
  if (verdictsOf(hunts).some(({ blocks, blocksFound }) => blocksFound < blocks)) process.exitCode = 1;
}

async function runControls(): Promise<void> {
  const count = wholeNumber("seeds");
  await inParallel(jobs, controls, async ({ name, does, patches }) => {
    const { found, seeds } = await runBlock(patches, { from: firstSeed, count });
    if (found !== undefined) process.exitCode = 1;
    const outcome =
      found === undefined ? "nothing" : `FALSE ALARM at seed ${found.seed}: ${found.oracle}: ${found.detail}`;
    console.log(`${name} (${does}): ${seeds} seeds, ${outcome}`);
  });
}

/** Keeps the seeds of the bugs that were not hunted, and of those that survived. */
function writeKnownSeeds(hunts: readonly Hunt[]): void {
  const file = path.join(import.meta.dirname, "../test/mutations/known-seeds.json");
  const known: Record<string, string> = JSON.parse(readFileSync(file, "utf8"));
  const seedOf = ({ name }: PlantedBug) =>
    hunts.find(({ bug, result }) => bug === name && result.found !== undefined)?.result.found?.seed ?? known[name];
  const entries = plantedBugs.map((bug) => [bug.name, seedOf(bug)]).filter(([, seed]) => seed !== undefined);
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`);
}

function chosenBugs(): readonly PlantedBug[] {
  if (positionals.length > 0) {
    return positionals.flatMap((word) => {
      const named = plantedBugs.filter(({ name, number }) => name === word || `${number}` === word);
      if (named.length === 0) throw new RangeError(`no planted bug has the name or number ${word}`);
      return named;
    });
  }
  if (values.all) return plantedBugs;
  return values["held-back"] ? plantedBugs.filter(isHeldBack) : openBugs;
}

function readHunts(file: string): Hunt[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
}

function printTable(hunts: readonly Hunt[]): void {
  const head = ["number", "bug", "kind", "ceiling", "found", "median seeds", "most", "oracle", "rule"];
  const rows = verdictsOf(hunts).map(cellsOf);
  if (values.markdown) {
    for (const row of [head, head.map(() => "---"), ...rows]) console.log(`| ${row.join(" | ")} |`);
    return;
  }
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows);
  console.log(table.toString());
}

function cellsOf({ bug, blocks, blocksFound, medianSeeds, mostSeeds, oracles, rules }: Verdict): string[] {
  const textOf = (seeds: number) => (Number.isFinite(seeds) ? `${seeds}` : `> ${bug.ceiling}`);
  const shares = (tallies: Verdict["rules"]) => tallies.map(([word, times]) => `${word.slice(0, 60)} ${times}`);
  return [
    `${bug.number}${isHeldBack(bug) ? " (held back)" : ""}`,
    bug.name,
    bug.kind,
    `${bug.ceiling}`,
    `${blocksFound} of ${blocks}`,
    textOf(medianSeeds),
    textOf(mostSeeds),
    shares(oracles).join(", "),
    shares(rules).slice(0, 2).join(", "),
  ];
}

function wholeNumber(name: "seeds" | "blocks" | "from" | "jobs"): number {
  const value = Number(values[name]);
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`--${name} is ${values[name]}; it must be a whole number from 1 on`);
  }
  return value;
}
