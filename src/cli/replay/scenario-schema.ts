// The shape of a scenario file: every field with its type and range. Anything else in a file is an error.
import { z } from "zod";

const whole = (from: number, to: number) => {
  const error = `must be a whole number from ${from} to ${to}`;
  return z.int({ error }).min(from, { error }).max(to, { error });
};

const DAY_MS = 86_400_000;
const ms = z
  .number({ error: "must be a number of virtual ms" })
  .min(0, { error: "must not be negative" })
  .max(DAY_MS, { error: "must be at most a day, in ms" });

const node = z.string({ error: "must be the id of a replica" });
const link = z.string().regex(/^\w+>\w+$/, { error: 'must be a link, as "n1>n2"' });
const count = whole(1, Number.MAX_SAFE_INTEGER);
const death = { downMs: ms, damage: whole(0, 2 ** 32 - 1).optional() };

const request = z.strictObject({
  kind: z.enum(["get", "put", "append", "cas"], { error: "must be get, put, append or cas" }),
  key: whole(0, 1_000_000_000),
  value: z.string().optional(),
  expected: z.string().optional(),
});

const change = z.strictObject({
  type: z.enum(["add-voter", "add-learner", "remove"], { error: "must be add-voter, add-learner or remove" }),
  id: node,
});

const boundary = z.enum([
  "before sending",
  "before persisting",
  "after persisting",
  "before applying",
  "after applying",
]);

const decision = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("operation"), at: ms, client: z.string(), node, request }),
    z.strictObject({ type: z.literal("crash"), at: ms, node, ...death }),
    z.strictObject({ type: z.literal("wipe"), at: ms, node }),
    z.strictObject({ type: z.literal("pause"), at: ms, node, ms }),
    z.strictObject({ type: z.literal("partition"), at: ms, cut: z.array(link) }),
    z.strictObject({ type: z.literal("clog"), at: ms, link, ms }),
    z.strictObject({ type: z.literal("membership"), at: ms, node, changes: z.array(change).min(1) }),
    z.strictObject({ type: z.literal("transfer"), at: ms, node, target: node }),
    z.strictObject({ type: z.literal("campaign"), at: ms, node }),
    z.strictObject({ type: z.literal("message"), link, n: count, arrivesAfter: z.array(ms) }),
    z.strictObject({ type: z.literal("slow"), node, step: z.enum(["sync", "apply"]), n: count, ms }),
    z.strictObject({ type: z.literal("sync-error"), node, n: count, ...death }),
    z.strictObject({ type: z.literal("die"), node, boundary, n: count, ...death }),
    z.strictObject({
      type: z.literal("outsiders"),
      nodes: z.array(z.strictObject({ node, state: z.enum(["down", "isolated", "deaf", "mute"]) })),
    }),
  ],
  {
    error:
      "must have a known type: operation, crash, wipe, pause, partition, clog, membership, transfer, campaign, message, slow, " +
      "sync-error, die or outsiders",
  },
);

const raft = z.strictObject({
  tickMs: z.number().optional(),
  electionTimeoutTicks: count.optional(),
  heartbeatTicks: count.optional(),
  resendTicks: count.optional(),
  replication: z.enum(["eager", "thrifty"]).optional(),
  leaseReads: z.boolean().optional(),
  clockDriftMax: z.number().optional(),
  entriesPerMessageMax: count.optional(),
  messageBytesMax: count.optional(),
  inflightMessagesMax: count.optional(),
  inflightBytesMax: count.optional(),
  commandBytesMax: count.optional(),
  uncommittedBytesMax: count.optional(),
  pendingReadsMax: count.optional(),
  snapshotChunkBytesMax: count.optional(),
  snapshotBytesMax: count.optional(),
});

const ids = z.array(z.string().regex(/^n\d+$/, { error: 'must be the id of a replica, as "n1"' })).min(1);

const settings = z.strictObject({
  nodes: ids.optional(),
  voters: ids.optional(),
  safetyMs: ms.optional(),
  raft: raft.optional(),
  clocks: z
    .record(z.string(), z.strictObject({ offsetMs: z.number(), speed: z.number().min(0.01).max(100) }))
    .optional(),
  network: z.strictObject({ delayMs: ms.optional() }).optional(),
  process: z
    .strictObject({
      gatherMs: ms.optional(),
      syncMs: ms.optional(),
      applyMs: ms.optional(),
      pipelineMax: count.optional(),
      stateSurvives: z.boolean().optional(),
      snapshotEvery: count.optional(),
      keepEntries: whole(0, Number.MAX_SAFE_INTEGER).optional(),
    })
    .optional(),
  clients: z
    .strictObject({ count: whole(1, 100).optional(), attemptMs: ms.optional(), giveUpMs: ms.optional() })
    .optional(),
});

const oracle = z.enum(["ghost", "linearizability", "state-hash", "liveness", "assertion"]);

/** A scenario file as it is written. */
export const scenarioSchema = z.strictObject({
  format: z.literal("keelson-scenario", { error: 'must be "keelson-scenario"' }),
  version: z.literal(1, { error: "must be 1, the version that this program reads" }),
  keelson: z.string().optional(),
  seed: z.string(),
  expect: z.union([z.literal("passes"), z.strictObject({ oracle, rule: z.string() })], {
    error: 'must be "passes" or an oracle and a rule',
  }),
  liveness: z.boolean().default(true),
  settings: settings.default({}),
  decisions: z.array(decision).default([]),
});

/** Its content. */
export type ScenarioText = z.infer<typeof scenarioSchema>;
