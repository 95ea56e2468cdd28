// One value written alone, as on a command line.

import type { CellValue } from "../models/cell.ts";
import { EdnReader } from "./edn.ts";
import { cellValueOf } from "./edn-history.ts";
import { HistoryFormatError } from "./format-error.ts";

/** A value in EDN, which numbers, texts in quotes, lists, `nil`, `true` and `false` of JSON are, too; undefined for what is none. */
export function readValue(text: string): { readonly value: CellValue } | undefined {
  try {
    const reader = new EdnReader(text);
    const read = reader.next();
    if (read === undefined || reader.next() !== undefined) return undefined;
    return { value: text.trim() === "null" ? null : cellValueOf(read.value) };
  } catch (error) {
    if (error instanceof HistoryFormatError) return undefined;
    throw error;
  }
}
