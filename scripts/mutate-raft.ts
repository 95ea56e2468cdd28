// Changes every operator, condition and statement of src/raft, one at a time, and asks the tests and the simulator whether they notice:
// `npm run mutate:raft -- --help`. docs/planted-bugs.md explains the survivors.
import { appendFileSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { inParallel } from "../test/mutations/hunt.ts";
import { type OperatorMutant, operatorMutants } from "../test/mutations/operator-mutants.ts";
import type { Patch } from "../test/mutations/planted-bug.ts";
import { runBlock } from "../test/mutations/seed-block.ts";
import { testsNotice } from "../test/mutations/tests-against-patches.ts";

const HELP = `Operator mutants of src/raft against its tests and the simulator.

npm run mutate:raft -- [WORD...] [options]

  WORD          only files whose path holds one of the words
  --every N     only every N-th mutant, a sample (default 1)
  --seeds N     simulator seeds for each mutant that the tests do not notice (default 40)
  --both        simulator seeds for every mutant
  --jobs N      at a time (default 2)
  --json FILE   append each outcome to FILE, one line each
  --again FILE  only the mutants that survived in such a file
  --list        run nothing, print the mutants`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    every: { type: "string", default: "1" },
    seeds: { type: "string", default: "40" },
    jobs: { type: "string", default: "2" },
    json: { type: "string" },
    again: { type: "string" },
    both: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const root = path.dirname(import.meta.dirname);
const testFiles = globSync(["src/raft/**/*.test.ts", "test/paper/*.test.ts", "test/scenarios/*.test.ts"], {
  cwd: root,
});

interface Located extends Omit<OperatorMutant, "text"> {
  readonly file: string;
  readonly patch: Patch;
}

interface Outcome extends Omit<Located, "patch"> {
  readonly byTests: boolean;
  /** Seeds until the simulator noticed; undefined: it did not. */
  readonly bySeeds: number | undefined;
  readonly oracle: string | undefined;
}

if (values.help) console.log(HELP);
else if (values.list) for (const mutant of chosenMutants()) console.log(textOf(mutant));
else await hunt();

async function hunt(): Promise<void> {
  const outcomes: Outcome[] = [];
  await inParallel(wholeNumber("jobs"), chosenMutants(), async (mutant) => {
    const { patch, ...place } = mutant;
    const byTests = await testsNotice([patch], testFiles);
    const count = byTests && !values.both ? 0 : wholeNumber("seeds");
    const { found, seeds } = await runBlock([patch], { from: 1, count });
    const outcome = { ...place, byTests, bySeeds: found && seeds, oracle: found?.oracle };
    outcomes.push(outcome);
    if (values.json !== undefined) appendFileSync(values.json, `${JSON.stringify(outcome)}\n`);
    if (!byTests && found === undefined) console.log(`SURVIVED ${textOf(mutant)}`);
  });
  summarize(outcomes);
}

function summarize(outcomes: readonly Outcome[]): void {
  const percent = (part: readonly Outcome[]) => `${((100 * part.length) / outcomes.length).toFixed(1)} %`;
  const byTests = outcomes.filter((outcome) => outcome.byTests);
  const killed = outcomes.filter((outcome) => outcome.byTests || outcome.bySeeds !== undefined);
  console.log(`${outcomes.length} mutants; killed by anybody ${percent(killed)}`);
  console.log(`by tests ${percent(byTests)}`);
  if (values.both) {
    console.log(
      `by ${values.seeds} simulator seeds ${percent(outcomes.filter(({ bySeeds }) => bySeeds !== undefined))}`,
    );
  }
}

function chosenMutants(): Located[] {
  const files = globSync("src/raft/**/*.ts", { cwd: root, exclude: ["**/*.test.ts"] }).sort();
  const chosen = files.filter((file) => positionals.length === 0 || positionals.some((word) => file.includes(word)));
  const mutants = chosen.flatMap(mutantsOf).filter((_, at) => at % wholeNumber("every") === 0);
  if (values.again === undefined) return mutants;
  const survivors = new Set(readOutcomes(values.again).filter(survived).map(textOf));
  return mutants.filter((mutant) => survivors.has(textOf(mutant)));
}

function mutantsOf(file: string): Located[] {
  const find = readFileSync(path.join(root, file), "utf8");
  return operatorMutants(find).map(({ text: replace, ...place }) => ({
    ...place,
    file,
    patch: { file, find, replace },
  }));
}

function readOutcomes(file: string): Outcome[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line));
}

function survived({ byTests, bySeeds }: Outcome): boolean {
  return !byTests && bySeeds === undefined;
}

function textOf({ file, line, was, becomes }: Pick<Located, "file" | "line" | "was" | "becomes">): string {
  return `${file}:${line}: ${was} -> ${becomes === "" ? "(nothing)" : becomes}`;
}

function wholeNumber(name: "every" | "seeds" | "jobs"): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`--${name} is ${values[name]}; it must be a whole number from 1 on`);
}
