// The port to a disk, as a write-ahead log needs it: named files in one directory, and what it takes until their bytes survive.

/**
 * One directory of files. Everything shows at once to who reads, and survives a power loss only after a sync: the bytes of a file after
 * `sync` of that file, its name after `syncDirectory`. Until then any part of it may survive, in any order.
 */
export interface Disk {
  /** Adds bytes to the end of a file; creates it if there is none. */
  append(name: string, bytes: Uint8Array): void;
  /** Cuts a file off after so many bytes. */
  truncate(name: string, length: number): void;
  /** Gives a file another name; a file of that name is replaced. */
  rename(from: string, to: string): void;
  remove(name: string): void;
  /** The whole file; undefined if there is none. */
  read(name: string): Uint8Array | undefined;
  /** Makes a file's bytes durable. Returns false when the disk failed: then nobody knows what is durable, and the process must stop. */
  sync(name: string): boolean;
  /** Makes names durable: creations, renames and removals. Returns false as sync does. */
  syncDirectory(): boolean;
}
