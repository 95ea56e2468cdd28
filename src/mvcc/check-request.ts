// What is wrong with a request whatever the state is: checked before it is proposed, with etcd's rules and in etcd's order.
import { type KeyText, textOf } from "./bytes.ts";
import { inRange, type KeyRange, keyRange } from "./key-index.ts";
import { TTL_SECONDS_MAX } from "./lessor.ts";
import {
  type DeleteRangeRequest,
  type PutRequest,
  type RangeRequest,
  type Refusal,
  type Refused,
  type RequestOp,
  refuse,
  type TxnRequest,
} from "./requests.ts";

/** Operations in a list of a transaction, unless configured otherwise. */
export const TXN_OPERATIONS_MAX = 128;

export function checkRange({ key }: RangeRequest): Refused | undefined {
  return key.length === 0 ? refuse("key-not-provided") : undefined;
}

export function checkDeleteRange({ key }: DeleteRangeRequest): Refused | undefined {
  return key.length === 0 ? refuse("key-not-provided") : undefined;
}

export function checkPut({ key, value, lease = 0n, ignoreValue, ignoreLease }: PutRequest): Refused | undefined {
  if (key.length === 0) return refuse("key-not-provided");
  if (ignoreValue === true && value.length > 0) return refuse("value-provided");
  return ignoreLease === true && lease !== 0n ? refuse("lease-provided") : undefined;
}

export function checkLeaseGrant({ ttlSeconds }: { readonly ttlSeconds: number }): Refused | undefined {
  return ttlSeconds > TTL_SECONDS_MAX ? refuse("lease-ttl-too-large") : undefined;
}

/**
 * Each of the three lists has at most `operationsMax` elements; a nested transaction has what its parent left over. No key is put
 * twice, or put and deleted, by operations that may be carried out together.
 */
export function checkTxn(
  request: TxnRequest,
  { operationsMax = TXN_OPERATIONS_MAX }: { readonly operationsMax?: number } = {},
): Refused | undefined {
  return checkLists(request, operationsMax) ?? checkOverlaps(request);
}

/** Whether a transaction changes nothing, whatever branches are taken. */
export function isReadOnly({ success, failure }: TxnRequest): boolean {
  return [...success, ...failure].every((op) => op.type === "range" || (op.type === "txn" && isReadOnly(op.request)));
}

function checkLists({ compare, success, failure }: TxnRequest, operationsMax: number): Refused | undefined {
  const operations = Math.max(compare.length, success.length, failure.length);
  if (operations > operationsMax) return refuse("too-many-operations");
  if (compare.some(({ key }) => key.length === 0)) return refuse("key-not-provided");
  for (const op of [...success, ...failure]) {
    const refused = checkOperation(op, operationsMax - operations);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function checkOperation(op: RequestOp, operationsMax: number): Refused | undefined {
  switch (op.type) {
    case "range":
      return checkRange(op.request);
    case "put":
      return checkPut(op.request);
    case "delete-range":
      return checkDeleteRange(op.request);
    default:
      return checkLists(op.request, operationsMax);
  }
}

/** The keys that a list of operations may put, and the ranges that it may delete. */
interface Changes {
  readonly puts: Set<KeyText>;
  readonly deletes: KeyRange[];
}

const DUPLICATE: Refusal = "duplicate-key";

function checkOverlaps({ success, failure }: TxnRequest): Refused | undefined {
  return changesOf(success) === DUPLICATE || changesOf(failure) === DUPLICATE ? refuse(DUPLICATE) : undefined;
}

/** In etcd's order: the deletions of this list, then its nested transactions one by one, then its puts. */
function changesOf(ops: readonly RequestOp[]): Changes | typeof DUPLICATE {
  const changes: Changes = { puts: new Set(), deletes: [] };
  for (const op of ops) {
    if (op.type === "delete-range") changes.deletes.push(keyRange(op.request.key, op.request.rangeEnd));
  }
  for (const op of ops) {
    if (op.type !== "txn") continue;
    const [success, failure] = [changesOf(op.request.success), changesOf(op.request.failure)];
    if (typeof success === "string" || typeof failure === "string") return DUPLICATE;
    // The two branches exclude each other, so that both may put a key.
    const puts = [...success.puts, ...[...failure.puts].filter((key) => !success.puts.has(key))];
    if (!puts.every((key) => addPut(changes, key))) return DUPLICATE;
    changes.deletes.push(...success.deletes, ...failure.deletes);
  }
  for (const op of ops) {
    if (op.type === "put" && !addPut(changes, textOf(op.request.key))) return DUPLICATE;
  }
  return changes;
}

/** False if the key is put or deleted already. */
function addPut({ puts, deletes }: Changes, key: KeyText): boolean {
  if (puts.has(key) || deletes.some((range) => inRange(range, key))) return false;
  puts.add(key);
  return true;
}
