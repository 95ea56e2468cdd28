// The port to a disk: what the log wants done to the files of one directory, as data, and how it reads them at the start.

/**
 * One effect on the directory. Whoever executes them does so in the order of the list and stops at the first that fails. Nothing
 * survives a power loss for certain before a sync: the bytes of a file after `sync`, its name after `sync-directory`.
 */
export type DiskOperation =
  /** Makes a file of `length` zero bytes; one of that name is replaced. */
  | { readonly type: "create"; readonly name: string; readonly length: number }
  /** Writes bytes into an existing file, which grows if they reach beyond its end. */
  | { readonly type: "write"; readonly name: string; readonly at: number; readonly bytes: Uint8Array }
  | { readonly type: "sync"; readonly name: string }
  /** Gives a file another name; a file of that name is replaced. */
  | { readonly type: "rename"; readonly from: string; readonly to: string }
  | { readonly type: "remove"; readonly name: string }
  | { readonly type: "sync-directory" };

/** How recovery reads; both throw StorageError when the disk fails. */
export interface DiskReader {
  /** The names of all files in the directory. */
  list(): readonly string[];
  /** The whole file, in memory that nobody else changes; undefined if there is none. */
  read(name: string): Uint8Array | undefined;
}
