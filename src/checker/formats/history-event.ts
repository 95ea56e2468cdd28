// What every format tells: events, one client beginning or ending one operation, in the order in which they happened.

import type { CellValue } from "../models/cell.ts";

/** How an event ends what it is about; "invoke" begins it. In "info" nobody knows whether the operation took effect. */
export type EventType = "invoke" | "ok" | "fail" | "info";

/** One event of a history. */
export interface HistoryEvent {
  readonly process: string;
  readonly type: EventType;
  /** The operation's name as it was written, without a colon: "read", "cas", "append", ... */
  readonly name: string;
  /** The key in a field of its own, where there is one. */
  readonly key: CellValue;
  /** The argument when it begins, the result when it ends; null where the format says nil, undefined where it says nothing. */
  readonly value: CellValue;
  /** Revision of the store that the answer carried, where it did. */
  readonly revision: number | undefined;
  /** When it happened, by the history's own clock; undefined: only the order is known. */
  readonly at: number | undefined;
  /** Line of the file, from 1. */
  readonly line: number;
}

/** One operation of a history as it was recorded, before a model gives it a meaning. */
export interface RecordedOperation {
  readonly process: string;
  readonly name: string;
  readonly key: CellValue;
  /** The argument. */
  readonly input: CellValue;
  /** The result, or what a failure was said with; undefined when there was none or it is unknown. */
  readonly output: CellValue;
  readonly outcome: "ok" | "fail" | "unknown";
  readonly invokedAt: number;
  /** Undefined: it never returned, or without telling its fate. */
  readonly returnedAt: number | undefined;
  readonly revision: number | undefined;
  /** Lines of the file where it begins and ends. */
  readonly line: number;
  readonly returnLine: number | undefined;
}
