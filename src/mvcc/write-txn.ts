// One revision in the making: puts and deletions that become visible to others together.
import { assert } from "../base/index.ts";
import { bytesOf, type KeyText, NO_BYTES, textOf } from "./bytes.ts";
import { keyRange } from "./key-index.ts";
import { ABSENT, encodeKeyValue, type KeyValue } from "./key-value.ts";
import {
  type DeleteRangeRequest,
  type DeleteRangeResult,
  type KeyEvent,
  type PutRequest,
  type PutResult,
  type Refused,
  refuse,
} from "./requests.ts";
import { revisionKey } from "./revision.ts";
import { fetch, type StoreState } from "./store-state.ts";

/** The changes of one command. Whoever made it ends it with `finish`, whatever it did. */
export class WriteTxn {
  readonly #state: StoreState;
  readonly #next: number;
  readonly #events: KeyEvent[] = [];

  constructor(state: StoreState) {
    this.#state = state;
    this.#next = state.revision + 1;
  }

  /** What a read within the transaction sees: the next revision as soon as something was changed. */
  get revision(): number {
    return this.#events.length > 0 ? this.#next : this.#state.revision;
  }

  /** Refused, having done nothing, if the lease does not exist, or if there is no key whose value or lease could be kept. */
  put(request: PutRequest): PutResult | Refused {
    const { index, lessor } = this.#state;
    const { ignoreValue = false, ignoreLease = false, prevKv = false } = request;
    const key = textOf(request.key);
    const before = index.at(key, this.#next);
    if ((ignoreValue || ignoreLease) && before === undefined) return refuse("key-not-found");
    const previous =
      before !== undefined && (ignoreValue || ignoreLease || prevKv) ? fetch(this.#state, before) : undefined;
    const lease = (ignoreLease ? previous?.lease : request.lease) ?? 0n;
    if (lease !== 0n && lessor.lookup(lease) === undefined) return refuse("lease-not-found");
    this.#change("put", key, {
      key: request.key,
      value: (ignoreValue ? previous?.value : request.value) ?? NO_BYTES,
      createRevision: before?.createRevision ?? this.#next,
      modRevision: this.#next,
      version: (before?.version ?? 0) + 1,
      lease,
    });
    return { revision: this.#next, ...(prevKv && previous !== undefined && { prevKv: previous }) };
  }

  deleteRange(request: DeleteRangeRequest): DeleteRangeResult {
    const doomed = this.#state.index.versions(keyRange(request.key, request.rangeEnd), this.#next);
    const prevKvs = request.prevKv === true ? doomed.map((version) => fetch(this.#state, version)) : [];
    for (const { key } of doomed) this.delete(key);
    return { revision: this.revision, deleted: doomed.length, prevKvs };
  }

  /** Deletes a key that exists. */
  delete(key: KeyText): void {
    this.#change("delete", key, { ...ABSENT, key: bytesOf(key) });
  }

  /** Gives the changes, in order. If there are any, the store is at the next revision now. */
  finish(): readonly KeyEvent[] {
    if (this.#events.length > 0) this.#state.revision = this.#next;
    return this.#events;
  }

  #change(type: KeyEvent["type"], key: KeyText, kv: KeyValue): void {
    const { buffer, index, lessor } = this.#state;
    assert(this.#state.revision < this.#next, "a finished transaction changes nothing");
    const revision = { main: this.#next, sub: this.#events.length };
    buffer.append("key", revisionKey(revision, type === "put" ? "put" : "tombstone"), encodeKeyValue(kv));
    if (type === "put") index.put(key, revision);
    else index.tombstone(key, revision);
    lessor.attach(key, kv.lease);
    this.#events.push({ type, kv: type === "put" ? kv : { ...kv, modRevision: this.#next } });
  }
}
