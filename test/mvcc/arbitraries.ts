// Random requests over a handful of keys, so that they meet each other: generators for fast-check.
import fc from "fast-check";
import { type Command, type Compare, checkTxn, type RangeRequest, type TxnRequest } from "../../src/mvcc/index.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const KEYS = ["a", "a\0", "aa", "ab", "b", "b\xff", "c", "\xff", "long".repeat(30)].map(bytes);
const ENDS = [...KEYS, "\0", "", "ac", "d"].map((end) => (typeof end === "string" ? bytes(end) : end));

const key = fc.constantFrom(...KEYS);
const rangeEnd = fc.constantFrom(...ENDS);
const lease = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0n) },
  { weight: 1, arbitrary: fc.constantFrom(1n, 2n, 3n, 0x7fffffffffffffffn) },
);
const rarely = fc.integer({ min: 0, max: 7 }).map((number) => number === 7);
const revision = fc.integer({ min: -1, max: 40 });
const value = fc.constantFrom("", "1", "2", "10", "\0\xff").map(bytes);
const bound = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: revision });
/** A record whose keys may all be missing, but for those named. */
const optional = { noNullPrototype: true } as const;

export const rangeRequest: fc.Arbitrary<RangeRequest> = fc.record(
  {
    key,
    rangeEnd,
    limit: fc.integer({ min: -1, max: 4 }),
    revision: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: revision }),
    sortOrder: fc.constantFrom("none" as const, "ascend" as const, "descend" as const),
    sortTarget: fc.constantFrom(
      "key" as const,
      "version" as const,
      "create" as const,
      "mod" as const,
      "value" as const,
    ),
    keysOnly: fc.boolean(),
    countOnly: fc.boolean(),
    minModRevision: bound,
    maxModRevision: bound,
    minCreateRevision: bound,
    maxCreateRevision: bound,
  },
  { ...optional, requiredKeys: ["key"] },
);

const putRequest = fc
  .record(
    {
      key,
      value,
      lease,
      prevKv: fc.boolean(),
      ignoreValue: rarely,
      ignoreLease: rarely,
    },
    { ...optional, requiredKeys: ["key", "value"] },
  )
  .map((put) => ({
    ...put,
    value: put.ignoreValue === true ? bytes("") : put.value,
    ...(put.ignoreLease === true && { lease: 0n }),
  }));

const deleteRequest = fc.record({ key, rangeEnd, prevKv: fc.boolean() }, { ...optional, requiredKeys: ["key"] });

const result = fc.constantFrom("equal" as const, "not-equal" as const, "greater" as const, "less" as const);
const compare: fc.Arbitrary<Compare> = fc.oneof(
  ...(["version", "create", "mod"] as const).map((target) =>
    fc.record(
      { key, rangeEnd, result, target: fc.constant(target), operand: fc.integer({ min: 0, max: 20 }) },
      { ...optional, requiredKeys: ["key", "result", "target", "operand"] },
    ),
  ),
  fc.record({ key, result, target: fc.constant("value" as const), operand: value }),
  fc.record({ key, rangeEnd, result, target: fc.constant("lease" as const), operand: lease }),
);

const { txn } = fc.letrec<{ txn: TxnRequest; op: TxnRequest["success"][number] }>((tie) => ({
  op: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({ type: fc.constant("put" as const), request: putRequest }),
    fc.record({ type: fc.constant("range" as const), request: rangeRequest }),
    fc.record({ type: fc.constant("delete-range" as const), request: deleteRequest }),
    fc.record({ type: fc.constant("txn" as const), request: tie("txn") }),
  ),
  txn: fc.record({
    compare: fc.array(compare, { maxLength: 2 }),
    success: fc.array(tie("op"), { maxLength: 3 }),
    failure: fc.array(tie("op"), { maxLength: 3 }),
  }),
}));

/** A transaction that passes the checks of the edge, as all do that reach the store. */
const txnRequest = txn.filter((request) => checkTxn(request) === undefined);

const leaseId = fc.constantFrom(1n, 2n, 3n, 0x7fffffffffffffffn);

export const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("put" as const), request: putRequest }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("delete-range" as const), request: deleteRequest }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("txn" as const), request: txnRequest }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("compact" as const), revision }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("lease-grant" as const), id: leaseId, ttlSeconds: fc.nat(100) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("lease-revoke" as const), id: leaseId }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("lease-checkpoint" as const),
      checkpoints: fc.array(fc.record({ id: leaseId, remainingSeconds: fc.nat(50) }), { maxLength: 2 }),
    }),
  },
);
