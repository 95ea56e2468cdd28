// A disk in memory that can lose power: what was synced stays, of the rest any part survives, as the worst of disks would have it.
import type { Prng } from "../../src/base/index.ts";
import { type DiskOperation, type DiskReader, StorageError } from "../../src/wal/index.ts";

const SECTOR_BYTES = 512;

interface File {
  /** As a reader sees it, and as it survives for certain. */
  bytes: Uint8Array;
  durable: Uint8Array;
  /** First bytes of the sectors that have been written since the last sync. */
  readonly dirty: Set<number>;
}

/** One change of names; it survives whole or not at all. */
interface NameChange {
  readonly gone: string | undefined;
  readonly name: string | undefined;
  readonly file: File | undefined;
}

/** What survives of that which no sync confirmed. */
export type CrashClass =
  | "nothing"
  | "everything"
  /** The first few sectors, and the first few names. */
  | "prefix"
  /** Any sectors, and any names. */
  | "subset"
  /** As subset, but what does not survive is garbage. */
  | "garbage";

export const CRASH_CLASSES: readonly CrashClass[] = ["nothing", "everything", "prefix", "subset", "garbage"];

/** A single fault of one operation. */
export type OperationFault = "EIO" | "ENOSPC" | "short write";

export class CrashDisk implements DiskReader {
  readonly #names = new Map<string, File>();
  #durableNames = new Map<string, File>();
  #nameChanges: NameChange[] = [];

  list(): readonly string[] {
    return [...this.#names.keys()].sort();
  }

  read(name: string): Uint8Array | undefined {
    return this.#names.get(name)?.bytes.slice();
  }

  run(operation: DiskOperation): void {
    switch (operation.type) {
      case "create": {
        const bytes = new Uint8Array(operation.length);
        const file = { bytes, durable: new Uint8Array(0), dirty: new Set<number>() };
        markDirty(file, 0, operation.length);
        return this.#rename({ gone: undefined, name: operation.name, file });
      }
      case "write":
        return write(this.#file(operation.name), operation);
      case "sync": {
        const file = this.#file(operation.name);
        file.durable = file.bytes.slice();
        return file.dirty.clear();
      }
      case "rename":
        return this.#rename({ gone: operation.from, name: operation.to, file: this.#file(operation.from) });
      case "remove":
        this.#file(operation.name);
        return this.#rename({ gone: operation.name, name: undefined, file: undefined });
      case "sync-directory":
        this.#durableNames = new Map(this.#names);
        this.#nameChanges = [];
    }
  }

  /** Fails as told, after what it does before it fails. */
  runWithFault(operation: DiskOperation, fault: OperationFault): never {
    if (fault === "short write" && operation.type === "write") {
      const bytes = operation.bytes.subarray(0, Math.floor(operation.bytes.length / 2));
      this.run({ ...operation, bytes });
    }
    throw new StorageError(`${operation.type}: ${fault}`);
  }

  /** What a machine finds that lost its power now; this disk itself goes on. */
  crashed(kind: CrashClass, prng: Prng): CrashDisk {
    const survivor = new CrashDisk();
    const names = new Map(this.#durableNames);
    for (const change of surviving(this.#nameChanges, kind, prng)) apply(names, change);
    for (const [name, file] of names) survivor.put(name, crashedBytes(file, kind, prng));
    return survivor;
  }

  /** The same disk a second time. */
  copy(): CrashDisk {
    const copy = new CrashDisk();
    for (const [name, { bytes }] of this.#names) copy.put(name, bytes.slice());
    return copy;
  }

  /** Puts a durable file there. */
  put(name: string, bytes: Uint8Array): void {
    const file = { bytes, durable: bytes.slice(), dirty: new Set<number>() };
    this.#names.set(name, file);
    this.#durableNames.set(name, file);
  }

  delete(name: string): void {
    this.#names.delete(name);
    this.#durableNames.delete(name);
  }

  #file(name: string): File {
    const file = this.#names.get(name);
    if (file === undefined) throw new StorageError(`there is no ${name}`);
    return file;
  }

  #rename(change: NameChange): void {
    apply(this.#names, change);
    this.#nameChanges.push(change);
  }
}

function write(file: File, { at, bytes }: DiskOperation & { type: "write" }): void {
  const end = at + bytes.length;
  if (end > file.bytes.length) {
    const longer = new Uint8Array(end);
    longer.set(file.bytes);
    file.bytes = longer;
  }
  file.bytes.set(bytes, at);
  markDirty(file, at, end);
}

function markDirty(file: File, from: number, to: number): void {
  for (let at = from - (from % SECTOR_BYTES); at < to; at += SECTOR_BYTES) file.dirty.add(at);
}

function apply(names: Map<string, File>, { gone, name, file }: NameChange): void {
  if (gone !== undefined) names.delete(gone);
  if (name !== undefined && file !== undefined) names.set(name, file);
}

function surviving<T>(all: readonly T[], kind: CrashClass, prng: Prng): readonly T[] {
  if (kind === "nothing") return [];
  if (kind === "everything") return all;
  if (kind === "prefix") return all.slice(0, prng.integer({ from: 0, to: all.length }));
  return all.filter(() => prng.chance(0.5));
}

function crashedBytes(file: File, kind: CrashClass, prng: Prng): Uint8Array {
  if (file.dirty.size === 0) return file.durable.slice();
  const dirty = [...file.dirty].sort((a, b) => a - b);
  const kept = surviving(dirty, kind, prng);
  const last = kept[kept.length - 1];
  const reach = last === undefined ? 0 : Math.min(last + SECTOR_BYTES, file.bytes.length);
  const result = new Uint8Array(Math.max(file.durable.length, reach));
  result.set(file.durable);
  for (const at of kept) result.set(file.bytes.subarray(at, Math.min(at + SECTOR_BYTES, result.length)), at);
  if (kind !== "garbage") return result;
  const lost = new Set(dirty);
  for (const at of kept) lost.delete(at);
  for (const at of lost) {
    const end = Math.min(at + SECTOR_BYTES, result.length);
    for (let place = at; place < end; place++) result[place] = prng.uint32() & 0xff;
  }
  return result;
}
