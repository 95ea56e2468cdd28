// Hunts many bugs with the general swarm, a few at a time, and sums up what it took.
import { plantedBugs } from "./catalogue/index.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { type BlockResult, runBlock } from "./seed-block.ts";

/** One bug against one block of seeds; blocks of a bug are disjoint and as long as its ceiling. */
export interface Hunt {
  readonly bug: string;
  readonly block: number;
  readonly result: BlockResult;
}

/** Runs `blocks` blocks of each bug, `jobs` workers at a time, and tells each result as soon as it is there. */
export async function huntAll(
  bugs: readonly PlantedBug[],
  { blocks, jobs, firstSeed }: { readonly blocks: number; readonly jobs: number; readonly firstSeed: number },
  tell: (hunt: Hunt) => void,
): Promise<void> {
  const tasks = Array.from({ length: blocks }, (_, block) => bugs.map((bug) => ({ bug, block }))).flat();
  await inParallel(jobs, tasks, async ({ bug, block }) => {
    const from = firstSeed + block * bug.ceiling;
    const result = await runBlock(bug.patches, { from, count: bug.ceiling });
    tell({ bug: bug.name, block, result });
  });
}

/** What all blocks of one bug came to. */
export interface Verdict {
  readonly bug: PlantedBug;
  readonly blocks: number;
  readonly blocksFound: number;
  /** Median of the seeds needed; a block without a find counts as more than its ceiling. */
  readonly medianSeeds: number;
  readonly mostSeeds: number;
  /** What noticed, the most frequent first, with counts. */
  readonly oracles: readonly (readonly [string, number])[];
  readonly rules: readonly (readonly [string, number])[];
}

/** One verdict for each bug that was hunted, in the order of the catalogue. */
export function verdictsOf(hunts: readonly Hunt[]): Verdict[] {
  return plantedBugs.flatMap((bug) => {
    const results = hunts.filter((hunt) => hunt.bug === bug.name).map(({ result }) => result);
    return results.length === 0 ? [] : [verdictOf(bug, results)];
  });
}

function verdictOf(bug: PlantedBug, results: readonly BlockResult[]): Verdict {
  const needed = results.map(({ found, seeds }) => (found === undefined ? Number.POSITIVE_INFINITY : seeds));
  const finds = results.flatMap(({ found }) => (found === undefined ? [] : [found]));
  return {
    bug,
    blocks: results.length,
    blocksFound: finds.length,
    medianSeeds: medianOf(needed),
    mostSeeds: Math.max(...needed),
    oracles: tally(finds.map(({ oracle }) => oracle)),
    rules: tally(finds.map(({ rule }) => rule)),
  };
}

/** Does `act` with all items, `jobs` at a time, in order of their beginning. Rejects with the first error. */
export async function inParallel<Item>(
  jobs: number,
  items: readonly Item[],
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const work = async () => {
    for (const item of waiting) await act(item);
  };
  await Promise.all(Array.from({ length: jobs }, work));
}

function medianOf(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[ascending.length >> 1] ?? Number.NaN;
}

function tally(words: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one);
}
