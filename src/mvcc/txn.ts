// Transactions: which branches are taken, whether they can be carried out, and carrying them out.
import { assert } from "../base/index.ts";
import { compareBytes, textOf } from "./bytes.ts";
import type { Version } from "./key-history.ts";
import { keyRange } from "./key-index.ts";
import { ABSENT } from "./key-value.ts";
import { executeRange } from "./range.ts";
import {
  type Compare,
  isRefused,
  type PutRequest,
  type Refused,
  type RequestOp,
  type ResponseOp,
  refuse,
  type TxnRequest,
  type TxnResult,
} from "./requests.ts";
import { fetch, type StoreState } from "./store-state.ts";
import type { WriteTxn } from "./write-txn.ts";

/** A branch that was chosen, with the choices of the transactions in it. */
interface Branch {
  readonly succeeded: boolean;
  readonly ops: readonly (Exclude<RequestOp, { type: "txn" }> | { readonly type: "txn"; readonly branch: Branch })[];
}

/** Carries out `request` within `txn`, all of it or (refused) nothing. */
export function executeTxn(state: StoreState, request: TxnRequest, txn: WriteTxn): TxnResult | Refused {
  const branch = choose(state, request);
  return check(state, branch) ?? { ...execute(state, branch, txn), revision: txn.revision };
}

/** Every comparison, nested ones too, is made on the state before the transaction. */
function choose(state: StoreState, { compare, success, failure }: TxnRequest): Branch {
  const succeeded = compare.every((condition) => holds(state, condition));
  const ops = (succeeded ? success : failure).map((op) =>
    op.type === "txn" ? { type: op.type, branch: choose(state, op.request) } : op,
  );
  return { succeeded, ops };
}

function holds(state: StoreState, compare: Compare): boolean {
  const versions = state.index.versions(keyRange(compare.key, compare.rangeEnd), state.revision);
  // A missing key compares as zero, but a value cannot be missing and empty at once: it compares as nothing at all.
  if (versions.length === 0)
    return compare.target !== "value" && matches(difference(state, compare, undefined), compare);
  return versions.every((version) => matches(difference(state, compare, version), compare));
}

/** Negative, zero or positive, as the key's value, revision, … is below, at or above the operand. */
function difference(state: StoreState, compare: Compare, version: Version | undefined): number {
  switch (compare.target) {
    case "version":
      return (version?.version ?? 0) - compare.operand;
    case "create":
      return (version?.createRevision ?? 0) - compare.operand;
    case "mod":
      return (version?.main ?? 0) - compare.operand;
    default: {
      const kv = version === undefined ? ABSENT : fetch(state, version);
      if (compare.target === "value") return compareBytes(kv.value, compare.operand);
      return kv.lease < compare.operand ? -1 : kv.lease > compare.operand ? 1 : 0;
    }
  }
}

function matches(difference: number, { result }: Compare): boolean {
  if (result === "equal") return difference === 0;
  if (result === "not-equal") return difference !== 0;
  return result === "greater" ? difference > 0 : difference < 0;
}

/** Why the branch cannot be carried out, found before anything is written. */
function check(state: StoreState, { ops }: Branch): Refused | undefined {
  for (const op of ops) {
    const refused =
      op.type === "txn"
        ? check(state, op.branch)
        : op.type === "put"
          ? checkPut(state, op.request)
          : op.type === "range"
            ? checkRevision(state, op.request.revision ?? 0)
            : undefined;
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function checkPut({ index, lessor, revision }: StoreState, request: PutRequest): Refused | undefined {
  const keeps = request.ignoreValue === true || request.ignoreLease === true;
  if (keeps && index.at(textOf(request.key), revision) === undefined) return refuse("key-not-found");
  const lease = request.lease ?? 0n;
  return lease !== 0n && lessor.lookup(lease) === undefined ? refuse("lease-not-found") : undefined;
}

/** Unlike a range of its own, one in a transaction takes only 0 as "now"; a negative revision is one that is gone. */
function checkRevision({ revision, compactRevision }: StoreState, asked: number): Refused | undefined {
  if (asked === 0) return undefined;
  if (asked > revision) return refuse("future-revision");
  return asked < compactRevision ? refuse("compacted") : undefined;
}

function execute(state: StoreState, { succeeded, ops }: Branch, txn: WriteTxn): TxnResult {
  const responses = ops.map((op): ResponseOp => {
    switch (op.type) {
      case "txn":
        return { type: op.type, response: execute(state, op.branch, txn) };
      case "range":
        return { type: op.type, response: carriedOut(executeRange(state, op.request, txn.revision)) };
      case "put":
        return { type: op.type, response: carriedOut(txn.put(op.request)) };
      default:
        return { type: op.type, response: txn.deleteRange(op.request) };
    }
  });
  return { revision: 0, succeeded, responses };
}

function carriedOut<T extends object>(answer: T | Refused): T {
  assert(!isRefused(answer), "a transaction is checked before it is carried out");
  return answer;
}
