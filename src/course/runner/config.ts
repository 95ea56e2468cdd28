// Reads a config: from the text of a file to values in ms that the runner trusts, or to problems that name their place.
import type { z } from "zod";
import { type Address, isReplicaId } from "../protocol.ts";
import { type ConfigFile, configSchema, type EventFile } from "./config-schema.ts";
import type { Metric } from "./result.ts";

/** A valid config. Times are in ms. */
export interface CourseConfig {
  readonly name: string;
  readonly lifetimeMs: number;
  readonly startWaitMs: number;
  readonly endWaitMs: number;
  readonly replicas: number;
  readonly requests: number;
  /** The seed to use when the command line names none. */
  readonly seed?: number;
  /** Fraction of gets among the requests. */
  readonly mix: number;
  /** Probability that a delivery between replicas is lost. */
  readonly drops: number;
  readonly maxPackets: number;
  /** Number of keys that all clients share; 0: each client has its own keys. */
  readonly sharedKeys: number;
  readonly faults: LinkFaults;
  readonly events: readonly ConfigEvent[];
  readonly tests: Tests;
}

/** What happens to deliveries between replicas beside loss. */
export interface LinkFaults {
  readonly delayMs: number;
  /** A random further delay from 0 to this; it does not change the order on a link. */
  readonly jitterMs: number;
  /** Probability that a delivery is held back, by 0 to reorderMs, and may be overtaken. */
  readonly reorder: number;
  readonly reorderMs: number;
  /** Probability that a delivery arrives twice. */
  readonly duplicate: number;
}

/** Whom an event strikes: a replica's id, or the leader (or another than the leader) at that moment. */
export type Target = "leader" | "non_leader" | Address;

/** Something that happens to the world at `atMs` since the run began. */
export type ConfigEvent = { readonly atMs: number } & (
  | { readonly type: "kill_leader" | "kill_non_leader" | "part_easy" | "part_hard" | "part_end" }
  | { readonly type: "kill" | "pause"; readonly replica: Target }
  /** Without a replica: all killed ones, all paused ones. */
  | { readonly type: "restart" | "resume"; readonly replica: Target | undefined }
  | { readonly type: "part_oneway"; readonly from: Side; readonly to: Side }
);

/** One end of a one-way partition; "others" is everybody who is not at the other end. */
export type Side = readonly Target[] | "others";

/** What a run is judged by. */
export interface Tests {
  /** Thresholds bonus, full, partial; `median_latency` in seconds. A metric without thresholds is not scored. */
  readonly benchmarks: { readonly [metric in Metric]?: readonly [number, number, number] };
  readonly maximumGetFailFraction: number;
  readonly maximumPutFailFraction: number;
  readonly maximumGetGenerationFailFraction: number;
}

/** A config, or what is wrong with it: one line for each problem. Warnings name settings without effect. */
export type ConfigResult =
  | { readonly ok: true; readonly config: CourseConfig; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the `text` of the config `file`; every problem begins with the file's name and the place in it. */
export function parseConfig(text: string, { file }: { file: string }): ConfigResult {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, problems: [`${file}: not JSON: ${why.replace(/\p{Cc}/gu, "?")}`] };
  }
  const { value: cleaned, warnings } = setAsideKnownMisplacement(value, file);
  const parsed = configSchema.safeParse(cleaned);
  const problems = parsed.success ? checkEvents(parsed.data, file) : describeIssues(parsed.error.issues, cleaned, file);
  if (!parsed.success || problems.length > 0) return { ok: false, problems: firstOf(problems, file) };
  return { ok: true, config: fromFile(parsed.data, configName(file)), warnings };
}

/** More problems than these are only counted. */
const PROBLEMS_SHOWN = 20;

function firstOf(problems: readonly string[], file: string): readonly string[] {
  const more = problems.length - PROBLEMS_SHOWN;
  return more > 0 ? [...problems.slice(0, PROBLEMS_SHOWN), `${file}: and ${more} more problems`] : problems;
}

/** A config's name: its file's name without folder and extension. */
function configName(file: string): string {
  const base = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
  return base.endsWith(".json") ? base.slice(0, -".json".length) : base;
}

const MISPLACED = "maximum_get_generation_fail_fraction";

/** The course's own files carry one setting at the wrong level, where it never had an effect; a drop-in must read them. */
function setAsideKnownMisplacement(value: unknown, file: string): { value: unknown; warnings: string[] } {
  if (typeof value !== "object" || value === null || !(MISPLACED in value)) return { value, warnings: [] };
  const { [MISPLACED]: _, ...cleaned } = value;
  const warning =
    `${file}: ${MISPLACED} stands at the top level, where it has no effect (as in the original simulator, which uses 0.1); ` +
    `move it into "tests" if it is meant`;
  return { value: cleaned, warnings: [warning] };
}

function describeIssues(issues: readonly z.core.$ZodIssue[], root: unknown, file: string): string[] {
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => describeUnknown([...issue.path, key], file));
    const found = at(root, issue.path);
    const place = placeOf(issue.path);
    if (found === undefined) return [`${file}: ${place} is missing; it ${issue.message}`];
    return [`${file}: ${place} is ${excerpt(found)}; it ${issue.message}`];
  });
}

function describeUnknown(path: readonly PropertyKey[], file: string): string {
  const home = SETTING_HOMES.get(String(path.at(-1)));
  const advice = home === undefined ? "remove it, or see docs/course-runner.md" : `it belongs in ${home}`;
  return `${file}: ${placeOf(path)} is not a setting here; ${advice}`;
}

/** Where each known setting belongs, in words, by its name. */
const SETTING_HOMES: ReadonlyMap<string, string> = new Map([
  ...settingsIn(configSchema, "the top level"),
  ...settingsIn(configSchema.shape.faults.unwrap(), '"faults"'),
  ...settingsIn(configSchema.shape.tests, '"tests"'),
  ...settingsIn(configSchema.shape.tests.shape.benchmarks, '"tests.benchmarks"'),
]);

function settingsIn(schema: z.ZodObject, home: string): [string, string][] {
  return Object.keys(schema.shape).map((key) => [key, home]);
}

function checkEvents(file: ConfigFile, name: string): string[] {
  const latest = file.lifetime + file.end_wait;
  return file.events.flatMap((event, index) => {
    const place = `${name}: events[${index}]`;
    const problems = namedReplicas(event)
      .filter((id) => !isReplicaId(id, file.replicas))
      .map((id) => `${place} names replica "${id}", but there are only ${file.replicas} replicas, from "0000"`);
    if (event.time > latest) {
      problems.push(`${place}.time is ${event.time}; the run ends at ${latest} (lifetime + end_wait)`);
    }
    return problems;
  });
}

function namedReplicas(event: EventFile): string[] {
  const named: (string | readonly string[] | undefined)[] =
    event.type === "part_oneway" ? [event.from, event.to] : "replica" in event ? [event.replica] : [];
  const words = ["leader", "non_leader", "others"];
  return named.flatMap((name) => name ?? []).filter((name) => !words.includes(name));
}

function fromFile(file: ConfigFile, name: string): CourseConfig {
  const startWaitMs = file.start_wait * 1000;
  return {
    name,
    lifetimeMs: file.lifetime * 1000,
    startWaitMs,
    endWaitMs: file.end_wait * 1000,
    replicas: file.replicas,
    requests: file.requests,
    ...(file.seed === undefined ? {} : { seed: file.seed }),
    mix: file.mix,
    drops: file.drops,
    maxPackets: file.max_packets,
    sharedKeys: file.shared_keys,
    faults: {
      delayMs: file.faults.delay_ms,
      jitterMs: file.faults.jitter_ms,
      reorder: file.faults.reorder,
      reorderMs: file.faults.reorder_ms,
      duplicate: file.faults.duplicate,
    },
    events: file.events
      .map((event) => eventFromFile(event, startWaitMs + event.time * 1000))
      .sort((one, other) => one.atMs - other.atMs),
    tests: {
      benchmarks: withoutUndefined(file.tests.benchmarks),
      maximumGetFailFraction: file.tests.maximum_get_fail_fraction,
      maximumPutFailFraction: file.tests.maximum_put_fail_fraction,
      maximumGetGenerationFailFraction: file.tests.maximum_get_generation_fail_fraction,
    },
  };
}

function withoutUndefined(benchmarks: ConfigFile["tests"]["benchmarks"]): Tests["benchmarks"] {
  const { total_msgs, failures, duplicates, median_latency } = benchmarks;
  return {
    ...(total_msgs && { total_msgs }),
    ...(failures && { failures }),
    ...(duplicates && { duplicates }),
    ...(median_latency && { median_latency }),
  };
}

function eventFromFile(event: EventFile, atMs: number): ConfigEvent {
  switch (event.type) {
    case "kill":
    case "pause":
      return { atMs, type: event.type, replica: upper(event.replica) };
    case "restart":
    case "resume":
      return { atMs, type: event.type, replica: event.replica && upper(event.replica) };
    case "part_oneway":
      return { atMs, type: event.type, from: side(event.from), to: side(event.to) };
    default:
      return { atMs, type: event.type };
  }
}

function side(value: string | readonly string[]): Side {
  if (value === "others") return "others";
  return typeof value === "string" ? [upper(value)] : value.map(upper);
}

function upper(target: string): Target {
  return target === "leader" || target === "non_leader" ? target : target.toUpperCase();
}

function placeOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "the file";
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, "");
}

function at(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined),
    root,
  );
}

function excerpt(value: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(value);
  } catch {
    return "nested too deeply";
  }
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
