// What can end a log for good. Each message is one line: what is wrong, in which file, what to do.

/** The disk failed: an operation, a sync, no space. Nobody knows what is durable; the process must stop. Never retried. */
export class StorageError extends Error {
  override readonly name = "StorageError";
}

/** Something that was durable is damaged or missing. Nothing has been changed on the disk. */
export class CorruptionError extends Error {
  override readonly name = "CorruptionError";

  constructor(file: string, wrong: string) {
    super(`${file}: ${wrong}; nothing was changed. Restore this member from a backup, or remove it and add it anew`);
  }
}

/** The files are whole, but belong to another member or cluster, or to a newer version of this program. */
export class IncompatibleError extends Error {
  override readonly name = "IncompatibleError";
}
