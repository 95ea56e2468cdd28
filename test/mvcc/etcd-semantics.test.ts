// The store's behaviour where etcd's is peculiar, one sentence each.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Applied,
  checkTxn,
  MemoryEngine,
  type RequestOp,
  SnapshotLoader,
  Store,
  WatchableStore,
} from "../../src/mvcc/index.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const put = (store: Store, key: string, value = ""): Applied =>
  store.apply({ type: "put", request: { key: bytes(key), value: bytes(value) } });
const erase = (store: Store, key: string): Applied =>
  store.apply({ type: "delete-range", request: { key: bytes(key) } });
const compact = (store: Store, revision: number): Applied["result"] =>
  store.apply({ type: "compact", revision }).result;
const putOp = (key: string): RequestOp => ({ type: "put", request: { key: bytes(key), value: bytes("") } });
const newStore = (): Store => new Store(new MemoryEngine());

test("a store begins at revision 1; what changes nothing does not raise it", () => {
  const store = newStore();
  assert.equal(store.revision, 1);
  erase(store, "absent");
  assert.equal(store.revision, 1);
  put(store, "a");
  assert.equal(store.revision, 2);
});

test("a deleted key begins anew with version 1", () => {
  const store = newStore();
  put(store, "a");
  put(store, "a");
  erase(store, "a");
  const { events } = put(store, "a");
  assert.deepEqual(
    events.map(({ kv }) => [kv.version, kv.createRevision, kv.modRevision]),
    [[1, 5, 5]],
  );
});

test("compaction: not twice, not to 0, not to the future; reads at it are allowed, below it not", () => {
  const store = newStore();
  for (let count = 0; count < 4; count++) put(store, "a", String(count));
  assert.deepEqual(compact(store, 0), { refused: "compacted" });
  assert.deepEqual(compact(store, 6), { refused: "future-revision" });
  assert.deepEqual(compact(store, 4), { type: "compact", revision: 5 });
  assert.deepEqual(compact(store, 4), { refused: "compacted" });
  assert.ok("kvs" in store.range({ key: bytes("a"), revision: 4 }));
  assert.deepEqual(store.range({ key: bytes("a"), revision: 3 }), { refused: "compacted" });
  assert.deepEqual(store.range({ key: bytes("a"), revision: 6 }), { refused: "future-revision" });
});

test("a watcher from the compacted revision still sees the deletion at it; one from below is told", () => {
  const store = newStore();
  put(store, "a");
  erase(store, "a");
  compact(store, 3);
  store.continueCompaction(100);
  const watchable = new WatchableStore(store);
  const stream = watchable.openStream();
  stream.watch({ key: bytes("a"), startRevision: 3 });
  stream.watch({ key: bytes("a"), startRevision: 2 });
  while (!watchable.syncWatchers(10));
  const told = stream.take().map((one) => [one.watchId, one.type, one.type === "events" && one.events[0]?.type]);
  assert.deepEqual(told, [
    [0, "events", "delete"],
    [1, "compacted", false],
  ]);
});

test("revoking a lease deletes its keys in one revision, sorted", () => {
  const store = newStore();
  store.apply({ type: "lease-grant", id: 7n, ttlSeconds: 10 });
  for (const key of ["c", "a", "b"]) {
    store.apply({ type: "put", request: { key: bytes(key), value: bytes(""), lease: 7n } });
  }
  put(store, "b"); // without the lease: detached
  const { events } = store.apply({ type: "lease-revoke", id: 7n });
  assert.deepEqual(
    events.map(({ type, kv }) => [type, Buffer.from(kv.key).toString(), kv.modRevision]),
    [
      ["delete", "a", 6],
      ["delete", "c", 6],
    ],
  );
});

test("at most 128 operations, of which a nested transaction has what its parent left; no key changed twice", () => {
  const txn = (...success: RequestOp[]) => ({ compare: [], success, failure: [] });
  const puts = (count: number): RequestOp[] => Array.from({ length: count }, (_, at) => putOp(`k${at}`));
  const erased: RequestOp = { type: "delete-range", request: { key: bytes("a"), rangeEnd: bytes("c") } };
  assert.equal(checkTxn(txn(...puts(128))), undefined);
  assert.deepEqual(checkTxn(txn(...puts(129))), { refused: "too-many-operations" });
  assert.equal(checkTxn(txn({ type: "txn", request: txn(...puts(127)) })), undefined);
  assert.deepEqual(checkTxn(txn({ type: "txn", request: txn(...puts(128)) })), { refused: "too-many-operations" });
  assert.deepEqual(checkTxn(txn(putOp("a"), putOp("a"))), { refused: "duplicate-key" });
  assert.deepEqual(checkTxn(txn(putOp("b"), erased)), { refused: "duplicate-key" });
  assert.equal(checkTxn(txn(putOp("c"), erased, erased)), undefined);
  assert.equal(checkTxn({ compare: [], success: [putOp("a")], failure: [putOp("a")] }), undefined);
});

test("a progress response comes only when everything before it was delivered; a future start is silent until then", () => {
  const watchable = new WatchableStore(newStore());
  const stream = watchable.openStream();
  stream.watch({ key: bytes("a"), startRevision: 3 });
  put(watchable.store, "before the watchable"); // revision 2
  watchable.apply({ type: "put", request: { key: bytes("a"), value: bytes("3") } });
  assert.ok(stream.progress());
  assert.deepEqual(
    stream.take().map(({ type }) => type),
    ["events", "progress"],
  );
  stream.watch({ key: bytes("a"), startRevision: 1 });
  assert.equal(stream.progress(), false);
});

test("a snapshot that is damaged, cut off or foreign is refused", () => {
  const store = newStore();
  put(store, "a", "value");
  store.commit(1);
  const whole = Buffer.concat([...store.snapshot()]);
  const load = (image: Uint8Array): string | undefined => {
    const loader = new SnapshotLoader(new MemoryEngine());
    return loader.push(image) ?? loader.finish();
  };
  assert.equal(load(whole), undefined);
  assert.equal(load(whole.subarray(0, -1)), "incomplete");
  assert.equal(load(bytes("something else")), "not a snapshot");
  for (let at = 0; at < whole.length; at++) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    assert.notEqual(load(damaged), undefined, `byte ${at}`);
  }
});
