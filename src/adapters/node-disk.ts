// The disk port on Node's file system: one directory, files kept open, fdatasync without blocking the event loop.
import { closeSync, existsSync, fstatSync, fsyncSync, mkdirSync, openSync, readdirSync, readSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { type DiskOperation, type DiskReader, StorageError, type Work } from "../wal/index.ts";

/** Zeros are written in pieces of this size, reads done in such pieces. */
const PIECE_BYTES = 1024 * 1024;
const ZEROS = new Uint8Array(PIECE_BYTES);
/** For data only the owner may read. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** Everything that fails throws StorageError, which names the operation and the file. */
export class NodeDisk implements DiskReader {
  readonly #directory: string;
  readonly #handles = new Map<string, FileHandle>();

  /** Makes the directory if there is none; the directories above it are made as well, and synced. */
  constructor(directory: string) {
    this.#directory = path.resolve(directory);
    attempt("create", this.#directory, () => makeDirectory(this.#directory));
  }

  list(): readonly string[] {
    return attempt("list", this.#directory, () => readdirSync(this.#directory));
  }

  read(name: string): Uint8Array | undefined {
    const file = this.#path(name);
    return attempt("read", file, () => (existsSync(file) ? readWhole(file) : undefined));
  }

  /** Does one operation. */
  async run(operation: DiskOperation): Promise<void> {
    try {
      await this.#run(operation);
    } catch (error) {
      const name = "name" in operation ? operation.name : "from" in operation ? operation.from : "";
      throw storageError(operation.type, this.#path(name), error);
    }
  }

  /** Does a piece of work: its operations in order, then `done`. At the first failure it throws StorageError and does no more. */
  async perform(work: Work): Promise<void> {
    for (const operation of work.operations) await this.run(operation);
    work.done();
  }

  async close(): Promise<void> {
    const handles = [...this.#handles.values()];
    this.#handles.clear();
    for (const handle of handles) await handle.close();
  }

  async #run(operation: DiskOperation): Promise<void> {
    switch (operation.type) {
      case "create":
        return this.#create(operation);
      case "write":
        return writeWhole(await this.#handle(operation.name), operation);
      case "sync":
        return (await this.#handle(operation.name)).datasync();
      case "rename":
        await rename(this.#path(operation.from), this.#path(operation.to));
        return this.#renamed(operation);
      case "remove":
        await this.#forget(operation.name);
        return rm(this.#path(operation.name));
      case "sync-directory":
        return syncDirectory(this.#directory);
    }
  }

  async #create({ name, length }: DiskOperation & { type: "create" }): Promise<void> {
    await this.#forget(name);
    const handle = await open(this.#path(name), "w+", FILE_MODE);
    this.#handles.set(name, handle);
    // Zeros instead of a hole: later writes then change no metadata, and the space is ours.
    for (let at = 0; at < length; at += PIECE_BYTES) {
      await writeWhole(handle, { at, bytes: ZEROS.subarray(0, Math.min(PIECE_BYTES, length - at)) });
    }
  }

  async #renamed({ from, to }: DiskOperation & { type: "rename" }): Promise<void> {
    await this.#forget(to);
    const handle = this.#handles.get(from);
    this.#handles.delete(from);
    if (handle === undefined) return;
    if (isLog(to)) this.#handles.set(to, handle);
    else await handle.close();
    await this.#closeFullSegments(to);
  }

  /** Only the newest segment is written to. */
  async #closeFullSegments(newest: string): Promise<void> {
    if (!newest.endsWith(".wal")) return;
    for (const name of this.#handles.keys()) if (name.endsWith(".wal") && name !== newest) await this.#forget(name);
  }

  async #handle(name: string): Promise<FileHandle> {
    const present = this.#handles.get(name);
    if (present !== undefined) return present;
    const handle = await open(this.#path(name), "r+");
    this.#handles.set(name, handle);
    return handle;
  }

  async #forget(name: string): Promise<void> {
    const handle = this.#handles.get(name);
    this.#handles.delete(name);
    await handle?.close();
  }

  #path(name: string): string {
    return path.join(this.#directory, name);
  }
}

/** Files that are written to for longer. */
function isLog(name: string): boolean {
  return !name.endsWith(".snap");
}

/** A write may be short: the rest is written then; one that makes no way is an error. */
async function writeWhole(
  handle: FileHandle,
  { at, bytes }: { readonly at: number; readonly bytes: Uint8Array },
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    if (bytesWritten === 0) throw new Error("no byte could be written");
    done += bytesWritten;
  }
}

function readWhole(file: string): Uint8Array {
  const descriptor = openSync(file, "r");
  try {
    const bytes = new Uint8Array(fstatSync(descriptor).size);
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(descriptor, bytes, done, Math.min(64 * PIECE_BYTES, bytes.length - done), done);
      if (count === 0) throw new Error("it became shorter while it was read");
      done += count;
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

/** A directory is durable when the one above it is synced. */
function makeDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = path.dirname(made)) syncNames(path.dirname(made));
}

function syncNames(directory: string): void {
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function attempt<T>(doing: string, file: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw storageError(doing, file, error);
  }
}

function storageError(doing: string, file: string, cause: unknown): StorageError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new StorageError(`cannot ${doing} ${file}: ${why}`, { cause });
}
