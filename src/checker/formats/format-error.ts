// What is wrong with a history that cannot be read, and where.

/** A history that does not follow its format. Caught by `readHistory`, which gives it back as a value. */
export class HistoryFormatError extends Error {
  override readonly name = "HistoryFormatError";
  /** Line of the file, from 1. */
  readonly line: number;
  /** What is wrong, in words, one line. */
  readonly reason: string;

  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`);
    this.line = line;
    this.reason = reason;
  }
}

/** A text of a file as it is shown in a reason: one line, cut when long. */
export function quoted(text: string): string {
  const visible = JSON.stringify(text);
  return visible.length <= 60 ? visible : `${visible.slice(0, 50)}..."`;
}
