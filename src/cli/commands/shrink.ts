// The command `keelson shrink`: makes of a failing seed a scenario file with the little that the failure needs.
import { writeFileSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Command } from "commander";
import {
  drawSettings,
  type Sameness,
  type Scenario,
  type SeedReport,
  type ShrinkProgress,
  scenarioOf,
  shrinking,
  simulateSeed,
} from "../../simulator/index.ts";
import { ConfigError, integer, messageOf } from "../flags.ts";
import { packageVersion, programName } from "../package.ts";
import { formatScenarioFile, parseScenarioFile } from "../replay/scenario-file.ts";
import { resized } from "../simulate/run-task.ts";
import { SEED_MAX } from "../simulate/seed-ranges.ts";

interface ShrinkFlags {
  readonly seed: number;
  readonly output: string;
  readonly replicas?: number;
  readonly oracle?: boolean;
  readonly seconds: number;
}

/** The command `keelson shrink`. */
export function shrinkCommand(): Command {
  return new Command("shrink")
    .description("Makes of a failing seed a small scenario file that fails the same way, for keelson replay.")
    .requiredOption("--seed <number>", "the failing seed", integer({ from: 0, to: SEED_MAX }))
    .requiredOption("-o, --output <file>", "the scenario file to write")
    .option("--replicas <count>", "as keelson simulate had it", integer({ from: 1, to: 9 }))
    .option("--oracle", "the same oracle is enough, with whatever rule; default: the same rule")
    .option("--seconds <number>", "begin no replay after this time", integer({ from: 1, to: 86_400 }), 60)
    .addHelpText("after", HELP)
    .action(async (flags: ShrinkFlags) => shrinkSeed(flags));
}

const HELP = `
Example:
  keelson shrink --seed 17 -o seed-17.scenario && keelson replay seed-17.scenario

Ctrl-C ends it and writes the smallest scenario so far.
Exit status: 0 written, 1 the seed fails but its replay does not, 2 a mistake in flags
or a seed that does not fail, 130 interrupted, and written.`;

async function shrinkSeed(flags: ShrinkFlags): Promise<void> {
  writeOutput(flags.output, "");
  const seed = String(flags.seed);
  const drawn = drawSettings(seed);
  const settings = flags.replicas === undefined ? drawn : resized(drawn, flags.replicas);
  const report = simulateSeed(seed, { settings, record: true });
  if (report.violation === undefined) throw new ConfigError(`--seed ${seed}: nothing fails with this seed`);
  process.stderr.write(`keelson: seed ${seed} breaks ${report.violation.oracle}: ${report.violation.rule}\n`);
  const { last, how } = await shrinkUntil(scenarioOf(report), flags);
  if (last === undefined) {
    process.stdout.write(`seed ${seed} fails, but the replay of its decisions does not: no scenario\n`);
    process.exitCode = 1;
    return;
  }
  writeOutput(flags.output, textOf(last, report));
  const { best, replays } = last;
  process.stdout.write(
    `${flags.output}: ${best.decisions.length} decisions of ${report.decisions?.length ?? 0}, ${best.settings.nodes.length} replicas of ` +
      `${settings.nodes.length}, after ${replays} replays (${how})\n  ${programName()} replay ${flags.output}\n`,
  );
  if (how === "interrupted") process.exitCode = 130;
}

type Ending = "nothing more can go" | "time is up" | "interrupted";

/** Gives signals a turn between replays. */
async function shrinkUntil(
  start: Scenario,
  { oracle, seconds }: ShrinkFlags,
): Promise<{ last: ShrinkProgress | undefined; how: Ending }> {
  const same: Sameness = oracle === true ? "oracle" : "rule";
  const until = performance.now() + seconds * 1000;
  const interrupted = { yet: false };
  const interrupt = () => {
    interrupted.yet = true;
  };
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const show = progressLine();
  try {
    for (const steps = shrinking(start, { same }); ; ) {
      const { done, value } = steps.next();
      if (done === true) return { last: value, how: "nothing more can go" };
      show(value);
      await nextTurn();
      if (interrupted.yet) return { last: value, how: "interrupted" };
      if (performance.now() >= until) return { last: value, how: "time is up" };
    }
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
  }
}

const REDRAW_MS = 200;
const PLAIN_LINE_MS = 10_000;

function progressLine(): (progress: ShrinkProgress) => void {
  let shownAt = performance.now();
  return ({ stage, replays, best }) => {
    const { isTTY, columns = 80 } = process.stderr;
    if (performance.now() - shownAt < (isTTY ? REDRAW_MS : PLAIN_LINE_MS)) return;
    shownAt = performance.now();
    const text = `${best.decisions.length} decisions, ${best.settings.nodes.length} replicas; ${replays} replays; trying ${stage}`;
    process.stderr.write(isTTY ? `\r\u001b[K${text.slice(0, columns - 1)}` : `${text}\n`);
  };
}

function textOf({ best, violation }: ShrinkProgress, { seed }: SeedReport): string {
  const { oracle, rule, detail } = violation;
  const remarks = [
    `Shrunk from seed ${seed}. ${oracle}: ${rule}`,
    ...detail.split("\n"),
    "",
    "keelson replay runs this file; lines like these are comments.",
  ];
  const text = formatScenarioFile({ scenario: best, expect: { oracle, rule } }, { keelson: packageVersion(), remarks });
  parseScenarioFile(text, "the scenario");
  return text;
}

function writeOutput(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new ConfigError(`--output ${file}: ${messageOf(error)}`);
  }
}
