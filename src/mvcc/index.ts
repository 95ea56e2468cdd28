// The datastore: etcd's revisions, transactions, compaction, watches and leases, as a pure library over a port to a storage engine.
export {
  checkDeleteRange,
  checkLeaseGrant,
  checkPut,
  checkRange,
  checkTxn,
  isReadOnly,
  TXN_OPERATIONS_MAX,
} from "./check-request.ts";
export type { Bounds, Engine, EngineReader, EngineView, Row, Table, Write } from "./engine.ts";
export type { HashKv } from "./hash.ts";
export type { RevisionEvents } from "./history.ts";
export type { KeyValue, LeaseId } from "./key-value.ts";
export type { Lease } from "./lessor.ts";
export { MemoryEngine } from "./memory-engine.ts";
export * from "./requests.ts";
export { type SnapshotFault, SnapshotLoader } from "./snapshot.ts";
export { Store } from "./store.ts";
export {
  fragmentResponse,
  type WatchCreated,
  type WatchEvent,
  type WatchRequest,
  type WatchResponse,
} from "./watch.ts";
export { ALL_WATCHERS, WatchableStore, WatchStream } from "./watchable-store.ts";
