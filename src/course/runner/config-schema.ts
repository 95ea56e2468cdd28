// The shape of a config file: every setting with its type, range and default. Anything else in a file is an error.
import { z } from "zod";
import { isAddress } from "../protocol.ts";

const fraction = (standard: number) => number({ from: 0, to: 1, what: "a number from 0 to 1" }).default(standard);

const target = z
  .string({ error: targetRule })
  .refine((text) => text === "leader" || text === "non_leader" || isAddress(text), { error: targetRule });

const targets = z.union([target, z.array(target).min(1), z.literal("others")], {
  error: 'must be a replica\'s id, a list of ids, "leader", "non_leader" or "others"',
});

const time = number({ from: 0, to: Number.MAX_SAFE_INTEGER, what: "a number of seconds since start_wait, 0 or more" });

const event = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("kill_leader"), time }),
    z.strictObject({ type: z.literal("kill_non_leader"), time }),
    z.strictObject({ type: z.literal("kill"), time, replica: target }),
    z.strictObject({ type: z.literal("restart"), time, replica: target.optional() }),
    z.strictObject({ type: z.literal("pause"), time, replica: target }),
    z.strictObject({ type: z.literal("resume"), time, replica: target.optional() }),
    z.strictObject({ type: z.literal("part_easy"), time }),
    z.strictObject({ type: z.literal("part_hard"), time }),
    z.strictObject({ type: z.literal("part_oneway"), time, from: targets, to: targets.default("others") }),
    z.strictObject({ type: z.literal("part_end"), time }),
  ],
  {
    error:
      "must be an object with a known type: kill_leader, kill_non_leader, kill, restart, pause, resume, part_easy, " +
      "part_hard, part_oneway or part_end",
  },
);

const thresholds = z.tuple([threshold(), threshold(), threshold()], {
  error: "must be a list of three numbers: bonus, full, partial",
});

const benchmarks = z.strictObject(
  {
    total_msgs: thresholds.optional(),
    failures: thresholds.optional(),
    duplicates: thresholds.optional(),
    median_latency: thresholds.optional(),
  },
  { error: "must be an object of total_msgs, failures, duplicates and median_latency" },
);

const tests = z.strictObject(
  {
    benchmarks,
    maximum_get_fail_fraction: fraction(0.5),
    maximum_put_fail_fraction: fraction(0.5),
    maximum_get_generation_fail_fraction: fraction(0.1),
    maximum_appends_batched_fraction: fraction(0.5),
  },
  { error: "must be an object that holds the benchmarks" },
);

const milliseconds = () => number({ from: 0, to: 60_000, what: "a number of milliseconds from 0 to 60000" }).default(0);

const faults = z.strictObject(
  {
    delay_ms: milliseconds(),
    jitter_ms: milliseconds(),
    reorder: fraction(0),
    reorder_ms: number({ from: 0, to: 60_000, what: "a number of milliseconds from 0 to 60000" }).default(10),
    duplicate: fraction(0),
  },
  { error: "must be an object" },
);

/** A config as its file spells it, in the file's units (seconds), with the defaults filled in. */
export const configSchema = z.strictObject(
  {
    lifetime: number({ from: 5, to: 86_400, what: "a number of seconds from 5 to 86400" }),
    replicas: integer({ from: 3, to: 21, what: "a whole number from 3 to 21" }),
    requests: integer({ from: 0, to: 100_000, what: "a whole number from 0 to 100000" }),
    seed: integer({ from: 0, to: 999_999_999_999, what: "a whole number from 0 to 999999999999" }).optional(),
    mix: fraction(0.8),
    start_wait: number({ from: 0, to: 3_600, what: "a number of seconds from 0 to 3600" }).default(5),
    end_wait: number({ from: 0, to: 3_600, what: "a number of seconds from 0 to 3600" }).default(2),
    drops: fraction(0),
    max_packets: integer({ from: 1, to: 1_000_000_000, what: "a whole number from 1 to 1000000000" }).default(20_000),
    shared_keys: integer({ from: 0, to: 100_000, what: "a whole number from 0 to 100000" }).default(0),
    faults: faults.default(() => faults.parse({})),
    events: z.array(event, { error: "must be a list of events" }).default([]),
    tests,
  },
  { error: "must be a JSON object" },
);

/** What the schema gives. */
export type ConfigFile = z.output<typeof configSchema>;

/** One event of a config file. */
export type EventFile = ConfigFile["events"][number];

function targetRule(): string {
  return 'must be a replica\'s id (4 hex digits), "leader" or "non_leader"';
}

function threshold() {
  return z.number({ error: "must be a number" });
}

function number({ from, to, what }: { from: number; to: number; what: string }) {
  const error = `must be ${what}`;
  return z.number({ error }).min(from, { error }).max(to, { error });
}

function integer({ from, to, what }: { from: number; to: number; what: string }) {
  return number({ from, to, what }).int({ error: `must be ${what}` });
}
