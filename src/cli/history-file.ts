// The text of a history file: plain or gzipped, from a path or from standard input.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A file's text, or why there is none in one line. */
export type FileText = { readonly text: string } | { readonly problem: string };

/** Larger texts do not fit into one string of Node's. */
const BYTES_MAX = 500_000_000;

/** Reads a whole file, "-" being standard input. Never throws for what is wrong with the file. */
export function readHistoryFile(file: string): FileText {
  try {
    const bytes = readFileSync(file === "-" ? 0 : file);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const plain = isGzip ? gunzipSync(bytes, { maxOutputLength: BYTES_MAX }) : bytes;
    if (plain.length > BYTES_MAX) return { problem: `larger than ${BYTES_MAX} bytes` };
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(plain) };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

function problemOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  switch (code) {
    case "ENOENT":
      return "no such file";
    case "EISDIR":
      return "a directory; a file is needed";
    case "EACCES":
      return "this file may not be read";
    case "ERR_ENCODING_INVALID_ENCODED_DATA":
      return "not a text in UTF-8";
    case "ERR_BUFFER_TOO_LARGE":
    case "ERR_FS_FILE_TOO_LARGE":
      return `larger than ${BYTES_MAX} bytes`;
    default:
      if (code.startsWith("Z_")) return "a damaged or cut gzip file";
      return error instanceof Error ? (error.message.split("\n")[0] ?? "cannot be read") : "cannot be read";
  }
}
