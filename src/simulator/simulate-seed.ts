// One seed from beginning to end: faults and load, then healing and the proof that the cluster lives, then the clients' history.
import { AssertionError } from "../base/index.ts";
import type { TraceEvent } from "../trace/index.ts";
import { Chaos } from "./chaos.ts";
import { DrawnChoices, ReplayedChoices } from "./choices.ts";
import type { Coverage } from "./coverage.ts";
import type { Action, Decision, Outsiders } from "./decisions.ts";
import { drawSettings } from "./draw-settings.ts";
import { drawOutsiders, proveLife, type Recovery } from "./liveness.ts";
import { electionMs, type Settings } from "./settings.ts";
import { RuleBroken, type Violation } from "./violation.ts";
import { World } from "./world.ts";

/** How to run a seed; nothing of it need be given. */
export interface SimulateOptions {
  /** Gets every event of the run. */
  readonly trace?: (event: TraceEvent) => void;
  /** Keep every decision, for `decisions` of the report. */
  readonly record?: boolean;
  /** The settings, instead of the ones that the seed draws. */
  readonly settings?: Settings;
  /** Decisions to follow instead of drawing any; any part of a recorded list. The safety phase lasts until `safetyMs`. */
  readonly schedule?: readonly Decision[];
  /** With `schedule`: how long the safety phase was, virtual ms; the report of the recorded run says it. */
  readonly safetyMs?: number;
  /** Leave out the liveness phase: the clients' history is judged right after the safety phase. */
  readonly safetyOnly?: boolean;
}

/** What one seed gave. */
export interface SeedReport {
  readonly seed: string;
  readonly violation?: Violation;
  readonly coverage: Coverage;
  /** Virtual time of the whole run, and of its safety phase as far as it came. */
  readonly virtualMs: number;
  readonly safetyMs: number;
  /** Things that happened: timers, arrivals, ends of writes. */
  readonly events: number;
  /** Client operations that began. */
  readonly operations: number;
  /** Equal for equal runs, on every machine. */
  readonly traceHash: string;
  /** How quickly the healed core came back; absent when it did not come to that. */
  readonly recovery?: Recovery;
  /** What the run was made of; with `record` or `schedule`. */
  readonly settings: Settings;
  readonly decisions?: readonly Decision[];
}

/** A safety phase without enough operations ends at this multiple of its length all the same. */
const SAFETY_STRETCH = 6;

/** Runs one seed. A violation is in the report, never thrown. */
export function simulateSeed(seed: string, options: SimulateOptions = {}): SeedReport {
  const settings = options.settings ?? drawSettings(seed);
  const record: Decision[] | undefined = options.record === true ? [] : undefined;
  const run = { seed, settings, record, options };
  const names = [...settings.nodes, ...Array.from({ length: settings.clients.count }, (_, at) => `c${at + 1}`)];
  const { schedule } = options;
  const makeChoices = () =>
    schedule === undefined
      ? new DrawnChoices({ settings, seed, names, record })
      : new ReplayedChoices({ settings, names, schedule });
  const world = new World({ seed, settings, names, makeChoices, trace: options.trace });
  const { violation, safetyMs, recovery } = attempt(world, run);
  return {
    seed,
    ...(violation && { violation }),
    coverage: world.coverage.counts(),
    virtualMs: world.queue.now,
    safetyMs: safetyMs ?? world.queue.now,
    events: world.queue.happened,
    operations: world.operations,
    traceHash: world.journal.hash,
    ...(recovery && { recovery }),
    settings,
    ...(record && { decisions: record }),
  };
}

interface Run {
  readonly seed: string;
  readonly settings: Settings;
  readonly record: Decision[] | undefined;
  readonly options: SimulateOptions;
}

/** What a run came to; a violation ends it early. */
interface Outcome {
  safetyMs?: number;
  recovery?: Recovery;
  violation?: Violation;
}

/** Both phases; `outcome` says how far they came. Throws what an oracle throws. */
function live(world: World, run: Run, outcome: Outcome): void {
  world.start();
  const outsiders = run.options.schedule === undefined ? drawnSafety(world, run) : replayedSafety(world, run);
  outcome.safetyMs = world.queue.now;
  if (run.options.safetyOnly !== true) outcome.recovery = proveLife(world, outsiders);
  world.judgeHistory();
}

function drawnSafety(world: World, { seed, settings, record }: Run): Outsiders | undefined {
  const chaos = new Chaos(world, { seed, record });
  chaos.begin();
  world.run(settings.safetyMs);
  const limit = settings.safetyMs * SAFETY_STRETCH;
  const unit = electionMs(settings);
  while (world.operations < settings.operationsMin && world.queue.now < limit) world.run(unit);
  chaos.end();
  return drawOutsiders(world, { seed, record });
}

function replayedSafety(world: World, { settings, options }: Run): Outsiders | undefined {
  const schedule = options.schedule ?? [];
  const actions = schedule.filter((decision): decision is Action => "at" in decision);
  for (const action of actions) world.queue.after(action.at, () => world.perform(action));
  world.run(options.safetyMs ?? settings.safetyMs);
  return schedule.find((decision): decision is Outsiders => decision.type === "outsiders");
}

/** Runs both phases; when a rule breaks the trace says so, and the outcome. */
function attempt(world: World, run: Run): Outcome {
  const outcome: Outcome = {};
  try {
    live(world, run, outcome);
  } catch (error) {
    const violation = { ...violationOf(error), at: world.journal.at };
    world.journal.noteText(violation.rule);
    world.journal.tell(() => ({ type: "violation", ...violation }));
    outcome.violation = violation;
  }
  return outcome;
}

function violationOf(error: unknown): Omit<Violation, "at"> {
  if (error instanceof RuleBroken) return { oracle: error.oracle, rule: error.rule, detail: error.message };
  if (error instanceof AssertionError) return { oracle: "assertion", rule: error.message, detail: error.message };
  if (error instanceof Error) {
    return { oracle: "assertion", rule: `no ${error.name}`, detail: `${error.message}\n${error.stack ?? ""}` };
  }
  throw error;
}
