// The datastore of a member: a function from its state and a command to the next state, an answer and events.
import { assert } from "../base/index.ts";
import { bytesOf } from "./bytes.ts";
import { isReadOnly } from "./check-request.ts";
import { continueCompaction, startCompaction } from "./compaction.ts";
import type { Engine } from "./engine.ts";
import { type HashKv, hashKv, hashState } from "./hash.ts";
import { eventsBetween, previousOf, type RevisionEvents } from "./history.ts";
import type { KeyValue, LeaseId } from "./key-value.ts";
import { type Lease, TTL_SECONDS_MAX } from "./lessor.ts";
import { executeRange } from "./range.ts";
import {
  type Applied,
  type Command,
  type CommandResult,
  isRefused,
  type KeyEvent,
  type RangeRequest,
  type RangeResult,
  type Refused,
  refuse,
  type TxnRequest,
  type TxnResult,
} from "./requests.ts";
import { writeSnapshot } from "./snapshot.ts";
import { openState, readNumber, type StoreState, writeNumber } from "./store-state.ts";
import { executeTxn } from "./txn.ts";
import { WriteTxn } from "./write-txn.ts";

/** Names of values that the layers above keep in the store (alarms, members, users, …) begin with it. */
const LAYERS_ABOVE = "+";

/**
 * The datastore. Commands are applied in the order of the log; what they change is visible to reads at once, gathers in memory, and goes
 * to the engine with `commit`.
 */
export class Store {
  readonly #engine: Engine;
  readonly #state: StoreState;
  /** Commits to the engine that are not known to be durable, oldest first. */
  #unflushed: { readonly commit: number; readonly appliedIndex: number }[] = [];
  #appliedIndex: number;
  #durableAppliedIndex: number;

  /** Opens what `engine` holds, or begins a new store in an empty one. Nobody else may write to the engine. */
  constructor(engine: Engine) {
    this.#engine = engine;
    this.#state = openState(engine);
    this.#appliedIndex = readNumber(this.#state.buffer, "consistent_index") ?? 0;
    this.#durableAppliedIndex = this.#appliedIndex;
  }

  /** Of the last transaction that changed something; 1 in a new store. */
  get revision(): number {
    return this.#state.revision;
  }

  /** Reads below it are refused; -1 before the first compaction. */
  get compactRevision(): number {
    return this.#state.compactRevision;
  }

  /** The bytes of all rows, keys and values, whatever room the engine takes for them. */
  get sizeBytes(): number {
    return this.#state.buffer.sizeBytes;
  }

  /** How many keys exist. */
  get liveKeys(): number {
    return this.#state.index.liveKeys;
  }

  /** Rows that wait for `commit`. */
  get pendingWrites(): number {
    return this.#state.buffer.pendingWrites;
  }

  /** The log's index that was given to the last `commit`; after opening, the one up to which the engine has applied the log. */
  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  /** Up to this index of the log the engine keeps what was applied, whatever happens: the log may forget it. */
  get durableAppliedIndex(): number {
    const flushed = this.#unflushed.filter(({ commit }) => commit <= this.#engine.flushedCommits);
    this.#durableAppliedIndex = flushed.at(-1)?.appliedIndex ?? this.#durableAppliedIndex;
    this.#unflushed = this.#unflushed.slice(flushed.length);
    return this.#durableAppliedIndex;
  }

  range(request: RangeRequest): RangeResult | Refused {
    return executeRange(this.#state, request, this.#state.revision);
  }

  /** A transaction that only reads; one with writes has to go through the log. */
  readTxn(request: TxnRequest): TxnResult | Refused {
    assert(isReadOnly(request), "a transaction that writes goes through the log");
    return executeTxn(this.#state, request, new WriteTxn(this.#state));
  }

  /** Carries out a command of the log. It passed the checks of check-request.ts before it was proposed. */
  apply(command: Command): Applied {
    const txn = new WriteTxn(this.#state);
    const result = this.#carryOut(command, txn);
    const events = txn.finish();
    return { result, events };
  }

  #carryOut(command: Command, txn: WriteTxn): CommandResult | Refused {
    switch (command.type) {
      case "put":
        return answer(command.type, txn.put(command.request));
      case "delete-range":
        return answer(command.type, txn.deleteRange(command.request));
      case "txn":
        return answer(command.type, executeTxn(this.#state, command.request, txn));
      case "compact":
        return startCompaction(this.#state, command.revision) ?? { type: command.type, revision: this.#state.revision };
      case "lease-grant":
        return this.#grant(command);
      case "lease-revoke":
        return this.#revoke(command.id, txn);
      default:
        for (const { id, remainingSeconds } of command.checkpoints) this.#state.lessor.checkpoint(id, remainingSeconds);
        return { type: command.type, revision: this.#state.revision };
    }
  }

  #grant({ id, ttlSeconds }: { readonly id: LeaseId; readonly ttlSeconds: number }): CommandResult | Refused {
    const { lessor, revision } = this.#state;
    if (id === 0n) return refuse("lease-not-found");
    if (ttlSeconds > TTL_SECONDS_MAX) return refuse("lease-ttl-too-large");
    if (lessor.lookup(id) !== undefined) return refuse("lease-exists");
    lessor.grant({ id, ttlSeconds, remainingSeconds: 0 });
    return { type: "lease-grant", revision, id, ttlSeconds };
  }

  /** All keys of the lease are deleted in one revision, in their order. */
  #revoke(id: LeaseId, txn: WriteTxn): CommandResult | Refused {
    const { lessor } = this.#state;
    if (lessor.lookup(id) === undefined) return refuse("lease-not-found");
    for (const key of lessor.keysOf(id)) txn.delete(key);
    lessor.revoke(id);
    return { type: "lease-revoke", revision: txn.revision };
  }

  lease(id: LeaseId): Lease | undefined {
    return this.#state.lessor.lookup(id);
  }

  leases(): readonly Lease[] {
    return this.#state.lessor.leases();
  }

  /** The keys that a lease will take with it, in order. */
  leaseKeys(id: LeaseId): readonly Uint8Array[] {
    return this.#state.lessor.keysOf(id).map(bytesOf);
  }

  /** True while a compaction has records left to remove. */
  get isCompacting(): boolean {
    return this.#state.compaction !== undefined;
  }

  /** Removes what is obsolete of at most `keysMax` more keys; true when nothing is left. Changes no answer and no hash. */
  continueCompaction(keysMax: number): boolean {
    return continueCompaction(this.#state, keysMax);
  }

  /** The history from revision `from` to `to` (both included), one element per revision that changed something. */
  history(bounds: { readonly from: number; readonly to: number }): Iterable<RevisionEvents> {
    assert(bounds.from >= this.compactRevision, "history is read where it was not compacted");
    return eventsBetween(this.#state, bounds);
  }

  /** The version before an event of this store; undefined if there was none, or it was compacted. */
  previousOf(event: KeyEvent): KeyValue | undefined {
    return previousOf(this.#state, event);
  }

  /** A value that a layer above keeps in the store; changes with the commands around it or not at all. */
  getMeta(name: string): Uint8Array | undefined {
    return this.#state.buffer.get("meta", bytesOf(LAYERS_ABOVE + name));
  }

  /** `name` is ASCII, at most 60 characters. */
  putMeta(name: string, value: Uint8Array): void {
    this.#state.buffer.put("meta", bytesOf(LAYERS_ABOVE + name), value);
  }

  /** Hands everything so far to the engine as one commit, with the index of the log up to which it was applied. */
  commit(appliedIndex: number): void {
    assert(appliedIndex >= this.#appliedIndex, "the applied index never decreases");
    this.#appliedIndex = appliedIndex;
    writeNumber(this.#state.buffer, "consistent_index", appliedIndex);
    writeNumber(this.#state.buffer, "revision", this.#state.revision);
    this.#state.buffer.commit();
    this.#unflushed.push({ commit: this.#engine.commits, appliedIndex });
  }

  /** The store as it was at the last `commit`, as a stream; the store may go on meanwhile. Load it with SnapshotLoader. */
  snapshot(): Generator<Uint8Array, void, undefined> {
    return writeSnapshot(this.#engine.view());
  }

  hashKv(revision: number): HashKv | Refused {
    return hashKv(this.#state, revision);
  }

  /** A hash of all that the log decides; equal on members at the same index. Reads every record. */
  hash(): number {
    return hashState(this.#state);
  }
}

function answer<Type extends CommandResult["type"], Result extends object>(
  type: Type,
  result: Result | Refused,
): ({ readonly type: Type } & Result) | Refused {
  return isRefused(result) ? result : { type, ...result };
}
