// The short form of the hunt: every planted bug is found with the seed that is known to find it (or, where the simulator's draws have
// changed since, with one of the first seeds), and the controls raise nothing over the same seeds. The long form, which proves the ceilings, is `npm run mutate` (docs/planted-bugs.md).
//
//   KEELSON_SEED=17   hunts with this seed instead (most bugs survive a single seed); replay: npm run mutate -- NAME --from 17
import assert from "node:assert/strict";
import test from "node:test";
import { controls, plantedBugs } from "./catalogue/index.ts";
import { inParallel } from "./hunt.ts";
import knownSeeds from "./known-seeds.json" with { type: "json" };
import { runSeeds } from "./seed-block.ts";

const JOBS = 2;
/** So many seeds are tried after the known one. */
const FIRST_SEEDS = 200;

const seedOf: Readonly<Record<string, string>> = knownSeeds;
const firstSeeds = Array.from({ length: FIRST_SEEDS }, (_, at) => `${at + 1}`);
const seeds = plantedBugs.map(({ name }) => process.env["KEELSON_SEED"] ?? seedOf[name] ?? "1");

test("every planted bug is found with its known seed", async () => {
  const missed: string[] = [];
  const tasks = plantedBugs.map((bug, at) => ({ bug, seed: seeds[at] ?? "1" }));
  await inParallel(JOBS, tasks, async ({ bug, seed }) => {
    const { found } = await runSeeds(
      bug.patches,
      seed === process.env["KEELSON_SEED"] ? [seed] : [seed, ...firstSeeds],
    );
    if (found === undefined) missed.push(`${bug.name} survived; replay: npm run mutate -- ${bug.name} --from ${seed}`);
    else if (found.seed !== seed) console.log(`${bug.name} is found by seed ${found.seed}, no longer by ${seed}`);
  });
  assert.deepEqual(missed, [], "if the draws of the simulator have changed: npm run mutate -- --all --known");
});

test("the source as it is, and changes that are no bugs, raise nothing over the same seeds", async () => {
  const distinct = [...new Set(seeds)];
  const alarms: string[] = [];
  await inParallel(JOBS, controls, async ({ name, patches }) => {
    const { found } = await runSeeds(patches, distinct);
    if (found !== undefined)
      alarms.push(`${name}, seed ${found.seed}: ${found.oracle}: ${found.rule}: ${found.detail}`);
  });
  assert.deepEqual(alarms, []);
});
