// What is asked of a store and what it answers, as data. The names are etcd's; a field that is left out has proto3's default.
import type { KeyValue, LeaseId } from "./key-value.ts";

export type SortTarget = "key" | "version" | "create" | "mod" | "value";

/** Reads one key, or with `rangeEnd` a range: see keyRange. */
export interface RangeRequest {
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  /** At most so many keys; 0 (or less) is no limit. */
  readonly limit?: number;
  /** Read as of this revision; 0 (or less) is now. */
  readonly revision?: number;
  readonly sortOrder?: "none" | "ascend" | "descend";
  readonly sortTarget?: SortTarget;
  readonly keysOnly?: boolean;
  readonly countOnly?: boolean;
  readonly minModRevision?: number;
  readonly maxModRevision?: number;
  readonly minCreateRevision?: number;
  readonly maxCreateRevision?: number;
}

export interface RangeResult {
  /** The store's revision at the time of reading, for the header. */
  readonly revision: number;
  readonly kvs: readonly KeyValue[];
  /** The limit cut keys off. */
  readonly more: boolean;
  /** All keys in the range, whatever the limit and the filters. */
  readonly count: number;
}

export interface PutRequest {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly lease?: LeaseId;
  readonly prevKv?: boolean;
  /** Keep the value, or the lease, that the key has; refused if there is no such key. */
  readonly ignoreValue?: boolean;
  readonly ignoreLease?: boolean;
}

export interface PutResult {
  readonly revision: number;
  readonly prevKv?: KeyValue;
}

export interface DeleteRangeRequest {
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  readonly prevKv?: boolean;
}

export interface DeleteRangeResult {
  readonly revision: number;
  readonly deleted: number;
  readonly prevKvs: readonly KeyValue[];
}

/** A condition on one key, or with `rangeEnd` on all keys of a range. */
export type Compare = CompareTarget & {
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  readonly result: "equal" | "greater" | "less" | "not-equal";
};

/** What the key's version, revision, value or lease is compared with. */
export type CompareTarget =
  | { readonly target: "version" | "create" | "mod"; readonly operand: number }
  | { readonly target: "value"; readonly operand: Uint8Array }
  | { readonly target: "lease"; readonly operand: LeaseId };

/** If all of `compare` hold (on the state before the transaction, nested ones too), does `success`, else `failure`, as one change. */
export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}

export type RequestOp =
  | { readonly type: "range"; readonly request: RangeRequest }
  | { readonly type: "put"; readonly request: PutRequest }
  | { readonly type: "delete-range"; readonly request: DeleteRangeRequest }
  | { readonly type: "txn"; readonly request: TxnRequest };

export interface TxnResult {
  /** For the header; 0 in a nested transaction, as etcd leaves it. */
  readonly revision: number;
  readonly succeeded: boolean;
  readonly responses: readonly ResponseOp[];
}

export type ResponseOp =
  | { readonly type: "range"; readonly response: RangeResult }
  | { readonly type: "put"; readonly response: PutResult }
  | { readonly type: "delete-range"; readonly response: DeleteRangeResult }
  | { readonly type: "txn"; readonly response: TxnResult };

/** Why a request was not carried out. It then changed nothing. */
export type Refusal =
  | "compacted"
  | "future-revision"
  | "key-not-found"
  | "lease-not-found"
  | "lease-exists"
  | "key-not-provided"
  | "value-provided"
  | "lease-provided"
  | "too-many-operations"
  | "duplicate-key"
  | "lease-ttl-too-large";

export interface Refused {
  readonly refused: Refusal;
}

export const refuse = (refused: Refusal): Refused => ({ refused });

/** A value of the union `T | Refused` that is a refusal. */
export function isRefused(answer: object): answer is Refused {
  return "refused" in answer;
}

/** What the log holds for the store: applying it is a function of the state and the command. */
export type Command =
  | { readonly type: "put"; readonly request: PutRequest }
  | { readonly type: "delete-range"; readonly request: DeleteRangeRequest }
  | { readonly type: "txn"; readonly request: TxnRequest }
  | { readonly type: "compact"; readonly revision: number }
  | { readonly type: "lease-grant"; readonly id: LeaseId; readonly ttlSeconds: number }
  | { readonly type: "lease-revoke"; readonly id: LeaseId }
  | { readonly type: "lease-checkpoint"; readonly checkpoints: readonly LeaseCheckpoint[] };

/** How long a lease had left when its leader last said so; 0 when it was renewed since. */
export interface LeaseCheckpoint {
  readonly id: LeaseId;
  readonly remainingSeconds: number;
}

/** The answer to a command of the same type. */
export type CommandResult =
  | ({ readonly type: "put" } & PutResult)
  | ({ readonly type: "delete-range" } & DeleteRangeResult)
  | ({ readonly type: "txn" } & TxnResult)
  | { readonly type: "compact" | "lease-revoke" | "lease-checkpoint"; readonly revision: number }
  | { readonly type: "lease-grant"; readonly revision: number; readonly id: LeaseId; readonly ttlSeconds: number };

/** One change of one key. A deletion's `kv` has only the key and, as modRevision, the revision of the deletion. */
export interface KeyEvent {
  readonly type: "put" | "delete";
  readonly kv: KeyValue;
}

/** What a command did: its answer, and the changes of the one revision that it made, in order. */
export interface Applied {
  readonly result: CommandResult | Refused;
  readonly events: readonly KeyEvent[];
}
