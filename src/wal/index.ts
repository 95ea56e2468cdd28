// The durable log of a member: hard state, entries and snapshots on a disk, as effects. Format: docs/storage-format.md.
export type { DiskOperation, DiskReader } from "./disk.ts";
export { CorruptionError, IncompatibleError, StorageError } from "./errors.ts";
export type { Identity } from "./file-header.ts";
export type { Recovered } from "./recovery.ts";
export { type Batch, type OpenedWal, Wal, type WalOptions, type Work } from "./wal.ts";
