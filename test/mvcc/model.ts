// The datastore as naive as can be: an array of all changes ever made, searched from the front for every question.
import type {
  Applied,
  Command,
  Compare,
  DeleteRangeResult,
  KeyEvent,
  KeyValue,
  PutRequest,
  PutResult,
  RangeRequest,
  RangeResult,
  Refused,
  RequestOp,
  ResponseOp,
  TxnRequest,
  TxnResult,
} from "../../src/mvcc/index.ts";

interface Change {
  readonly main: number;
  readonly event: KeyEvent;
}

const order = (a: Uint8Array, b: Uint8Array): number => Buffer.compare(a, b);

function covers(range: { readonly key: Uint8Array; readonly rangeEnd?: Uint8Array }, key: Uint8Array): boolean {
  const { rangeEnd } = range;
  if (rangeEnd === undefined || rangeEnd.length === 0) return order(range.key, key) === 0;
  const open = rangeEnd.length === 1 && rangeEnd[0] === 0;
  return order(range.key, key) <= 0 && (open || order(key, rangeEnd) < 0);
}

/** A store by definition. Its answers are those of Store; it forgets nothing, so compaction is only a number. */
export class ModelStore {
  readonly changes: Change[] = [];
  revision = 1;
  compactRevision = -1;
  readonly leases = new Map<bigint, number>();

  /** The live keys that a reader at `at` sees, in order. */
  seenAt(at: number): KeyValue[] {
    const seen = new Map<string, KeyValue>();
    for (const { main, event } of this.changes) {
      if (main > at) continue;
      const name = Buffer.from(event.kv.key).toString("hex");
      if (event.type === "put") seen.set(name, event.kv);
      else seen.delete(name);
    }
    return [...seen.values()].sort((a, b) => order(a.key, b.key));
  }

  range(request: RangeRequest, current = this.revision): RangeResult | Refused {
    const { revision = 0, limit = 0, sortOrder = "none", sortTarget = "key" } = request;
    if (revision > current) return { refused: "future-revision" };
    const at = revision <= 0 ? current : revision;
    if (at < this.compactRevision) return { refused: "compacted" };
    const inRange = this.seenAt(at).filter(({ key }) => covers(request, key));
    const count = inRange.length;
    if (request.countOnly === true) return { revision: current, kvs: [], more: false, count };
    const { minModRevision = 0, maxModRevision = 0, minCreateRevision = 0, maxCreateRevision = 0 } = request;
    let kvs = inRange
      .filter((kv) => maxModRevision === 0 || kv.modRevision <= maxModRevision)
      .filter((kv) => minModRevision === 0 || kv.modRevision >= minModRevision)
      .filter((kv) => maxCreateRevision === 0 || kv.createRevision <= maxCreateRevision)
      .filter((kv) => minCreateRevision === 0 || kv.createRevision >= minCreateRevision);
    const filters = [minModRevision, maxModRevision, minCreateRevision, maxCreateRevision];
    if (limit > 0 && sortOrder === "none" && filters.every((bound) => bound === 0)) kvs = kvs.slice(0, limit + 1);
    const field = {
      key: (a: KeyValue, b: KeyValue) => order(a.key, b.key),
      value: (a: KeyValue, b: KeyValue) => order(a.value, b.value),
      version: (a: KeyValue, b: KeyValue) => a.version - b.version,
      create: (a: KeyValue, b: KeyValue) => a.createRevision - b.createRevision,
      mod: (a: KeyValue, b: KeyValue) => a.modRevision - b.modRevision,
    }[sortTarget];
    kvs = kvs.toSorted((a, b) => (sortOrder === "descend" ? field(b, a) : field(a, b)));
    const more = limit > 0 && kvs.length > limit;
    if (more) kvs = kvs.slice(0, limit);
    if (request.keysOnly === true) kvs = kvs.map((kv) => ({ ...kv, value: new Uint8Array(0) }));
    return { revision: current, kvs, more, count };
  }

  apply(command: Command): Applied {
    const before = this.changes.length;
    const result = this.#carryOut(command);
    const events = this.changes.slice(before).map(({ event }) => event);
    if (events.length > 0) this.revision++;
    return { result, events };
  }

  #carryOut(command: Command): Applied["result"] {
    const { revision } = this;
    switch (command.type) {
      case "put": {
        const refused = this.#checkPut(command.request);
        return refused ?? { type: "put", ...this.#put(command.request) };
      }
      case "delete-range":
        return { type: "delete-range", ...this.#deleteRange(command.request, this.revision) };
      case "txn":
        return this.#txn(command.request);
      case "compact":
        if (command.revision <= Math.max(0, this.compactRevision)) return { refused: "compacted" };
        if (command.revision > revision) return { refused: "future-revision" };
        this.compactRevision = command.revision;
        return { type: "compact", revision };
      case "lease-grant":
        if (this.leases.has(command.id)) return { refused: "lease-exists" };
        this.leases.set(command.id, command.ttlSeconds);
        return { type: "lease-grant", revision, id: command.id, ttlSeconds: command.ttlSeconds };
      case "lease-revoke": {
        if (!this.leases.delete(command.id)) return { refused: "lease-not-found" };
        const held = this.seenAt(revision).filter(({ lease }) => lease === command.id);
        for (const { key } of held) this.#delete(key);
        return { type: "lease-revoke", revision: held.length > 0 ? revision + 1 : revision };
      }
      default:
        return { type: "lease-checkpoint", revision };
    }
  }

  #checkPut({ key, lease = 0n, ignoreValue, ignoreLease }: PutRequest): Refused | undefined {
    const exists = this.seenAt(this.revision).some((kv) => order(kv.key, key) === 0);
    if ((ignoreValue === true || ignoreLease === true) && !exists) return { refused: "key-not-found" };
    return lease !== 0n && !this.leases.has(lease) ? { refused: "lease-not-found" } : undefined;
  }

  #put(request: PutRequest): PutResult {
    const main = this.revision + 1;
    const old = this.seenAt(main).find(({ key }) => order(key, request.key) === 0);
    const kv: KeyValue = {
      key: request.key,
      value: request.ignoreValue === true && old !== undefined ? old.value : request.value,
      createRevision: old?.createRevision ?? main,
      modRevision: main,
      version: (old?.version ?? 0) + 1,
      lease: (request.ignoreLease === true ? old?.lease : request.lease) ?? 0n,
    };
    this.changes.push({ main, event: { type: "put", kv } });
    return { revision: main, ...(request.prevKv === true && old !== undefined && { prevKv: old }) };
  }

  #delete(key: Uint8Array): void {
    const main = this.revision + 1;
    const kv = { key, value: new Uint8Array(0), createRevision: 0, modRevision: main, version: 0, lease: 0n };
    this.changes.push({ main, event: { type: "delete", kv } });
  }

  #deleteRange(
    request: { readonly key: Uint8Array; readonly rangeEnd?: Uint8Array; readonly prevKv?: boolean },
    begun: number,
  ): DeleteRangeResult {
    const doomed = this.seenAt(begun + 1).filter(({ key }) => covers(request, key));
    for (const { key } of doomed) this.#delete(key);
    const revision = this.changes.at(-1)?.main === begun + 1 ? begun + 1 : begun;
    return { revision, deleted: doomed.length, prevKvs: request.prevKv === true ? doomed : [] };
  }

  #txn(request: TxnRequest): Applied["result"] {
    const decisions = new Map<TxnRequest, boolean>();
    const decide = (txn: TxnRequest): void => {
      decisions.set(
        txn,
        txn.compare.every((compare) => this.#holds(compare)),
      );
      for (const op of this.#branch(txn, decisions)) if (op.type === "txn") decide(op.request);
    };
    decide(request);
    const refused = this.#checkTxn(request, decisions);
    if (refused !== undefined) return refused;
    const result = this.#execute(request, decisions);
    const changed = this.changes.at(-1)?.main === this.revision + 1;
    return { type: "txn", ...result, revision: changed ? this.revision + 1 : this.revision };
  }

  #branch(txn: TxnRequest, decisions: Map<TxnRequest, boolean>): readonly RequestOp[] {
    return decisions.get(txn) === true ? txn.success : txn.failure;
  }

  #checkTxn(txn: TxnRequest, decisions: Map<TxnRequest, boolean>): Refused | undefined {
    for (const op of this.#branch(txn, decisions)) {
      if (op.type === "put") {
        const refused = this.#checkPut(op.request);
        if (refused !== undefined) return refused;
      } else if (op.type === "range") {
        const { revision = 0 } = op.request;
        if (revision > this.revision) return { refused: "future-revision" };
        if (revision !== 0 && revision < this.compactRevision) return { refused: "compacted" };
      } else if (op.type === "txn") {
        const refused = this.#checkTxn(op.request, decisions);
        if (refused !== undefined) return refused;
      }
    }
    return undefined;
  }

  #execute(txn: TxnRequest, decisions: Map<TxnRequest, boolean>): TxnResult {
    const responses = this.#branch(txn, decisions).map((op): ResponseOp => {
      const current = this.changes.at(-1)?.main === this.revision + 1 ? this.revision + 1 : this.revision;
      if (op.type === "txn") return { type: op.type, response: this.#execute(op.request, decisions) };
      if (op.type === "put") return { type: op.type, response: this.#put(op.request) };
      if (op.type === "delete-range") return { type: op.type, response: this.#deleteRange(op.request, this.revision) };
      const response = this.range(op.request, current);
      if ("refused" in response) throw new Error("a range was checked, and refused all the same");
      return { type: op.type, response };
    });
    return { revision: 0, succeeded: decisions.get(txn) === true, responses };
  }

  #holds(compare: Compare): boolean {
    const absent = { value: new Uint8Array(0), createRevision: 0, modRevision: 0, version: 0, lease: 0n };
    const inRange: Omit<KeyValue, "key">[] = this.seenAt(this.revision).filter(({ key }) => covers(compare, key));
    if (inRange.length === 0 && compare.target === "value") return false;
    return (inRange.length === 0 ? [absent] : inRange).every((kv) => {
      const sign = this.#difference(compare, kv);
      return { equal: sign === 0, "not-equal": sign !== 0, greater: sign > 0, less: sign < 0 }[compare.result];
    });
  }

  #difference(compare: Compare, kv: Omit<KeyValue, "key">): number {
    if (compare.target === "value") return order(kv.value, compare.operand);
    if (compare.target === "lease") return Number(kv.lease - compare.operand);
    const field = { version: kv.version, create: kv.createRevision, mod: kv.modRevision }[compare.target];
    return field - compare.operand;
  }
}
