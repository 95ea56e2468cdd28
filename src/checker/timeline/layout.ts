// Where the operations of a violation stand in its picture: one row for each process, columns in order of time.

import type { RecordedOperation } from "../formats/history-event.ts";
import type { RecordedViolation } from "../recorded/check-recorded.ts";

/** An operation in the picture; times are columns, not clock times, so that long pauses take no room. */
export interface Bar {
  readonly operation: RecordedOperation;
  readonly description: string;
  readonly row: number;
  readonly from: number;
  /** Undefined: its outcome is unknown, it may take effect at any time until the end. */
  readonly to: number | undefined;
  /** Its place in the legal order, from 1; undefined: it is not in it. */
  readonly place: number | undefined;
  /** Column where it may have taken effect in that order. */
  readonly point: number | undefined;
  /** The state after it in that order, in words. */
  readonly state: string | undefined;
  readonly isBlocked: boolean;
}

/** A picture of a violation. */
export interface Layout {
  readonly processes: readonly string[];
  readonly bars: readonly Bar[];
  readonly columns: number;
  /** Operations before and after those that are shown. */
  readonly hidden: number;
}

/** Places the operations around the one that cannot be placed, at most `operationsMax` of them. */
export function layoutOf(violation: RecordedViolation, { operationsMax }: { readonly operationsMax: number }): Layout {
  const shown = around(violation, operationsMax);
  const columnOf = columns(shown.map(({ operation }) => operation));
  const places = new Map(
    violation.prefix.map(({ operation, state }, index) => [operation, { place: index + 1, state }]),
  );
  const points = pointsOf(violation, columnOf);
  const processes = [...new Set(shown.map(({ operation }) => operation.process))].sort(compareProcesses);
  const rows = new Map(processes.map((process, row) => [process, row]));
  const bars = shown.map(({ operation, description }): Bar => {
    const { invokedAt, returnedAt, process } = operation;
    const placed = places.get(operation);
    return {
      operation,
      description,
      row: rows.get(process) ?? 0,
      from: columnOf.get(invokedAt) ?? 0,
      to: returnedAt === undefined ? undefined : columnOf.get(returnedAt),
      place: placed?.place,
      point: points.get(operation),
      state: placed?.state,
      isBlocked: operation === violation.blocked,
    };
  });
  return { processes, bars, columns: columnOf.size, hidden: violation.operations.length - shown.length };
}

/** The blocked operation, three quarters of the rest called before it returned, the others after; in order of their calls. */
function around({ operations, blocked }: RecordedViolation, operationsMax: number): RecordedViolation["operations"] {
  const sorted = [...operations].sort((left, right) => left.operation.invokedAt - right.operation.invokedAt);
  const end = blocked.returnedAt ?? Infinity;
  const isBefore = (operation: RecordedOperation): boolean => operation.invokedAt <= end && operation !== blocked;
  const before = sorted.filter(({ operation }) => isBefore(operation));
  const after = sorted.filter(({ operation }) => operation.invokedAt > end);
  const afterMax = Math.floor(operationsMax / 4);
  const kept = new Set([
    ...before.slice(-(operationsMax - Math.min(afterMax, after.length))),
    ...after.slice(0, afterMax),
    ...sorted.filter(({ operation }) => operation === blocked),
  ]);
  return sorted.filter((entry) => kept.has(entry));
}

/** A column for every time at which something begins or ends. */
function columns(operations: readonly RecordedOperation[]): ReadonlyMap<number, number> {
  const times = operations.flatMap(({ invokedAt, returnedAt }) =>
    returnedAt === undefined ? [invokedAt] : [invokedAt, returnedAt],
  );
  return new Map([...new Set(times)].sort((left, right) => left - right).map((time, column) => [time, column]));
}

/** Columns where the operations of the legal order may have taken effect: each as early as the order and its call allow. */
function pointsOf(
  { prefix }: RecordedViolation,
  columnOf: ReadonlyMap<number, number>,
): ReadonlyMap<RecordedOperation, number> {
  const points = new Map<RecordedOperation, number>();
  let latest = 0;
  for (const { operation } of prefix) {
    const from = columnOf.get(operation.invokedAt);
    if (from === undefined) continue;
    latest = Math.max(latest + 0.08, from + 0.3);
    const end = operation.returnedAt === undefined ? undefined : columnOf.get(operation.returnedAt);
    points.set(operation, end === undefined ? latest : Math.min(latest, end - 0.1));
  }
  return points;
}

function compareProcesses(left: string, right: string): number {
  const [a, b] = [Number(left), Number(right)];
  if (Number.isFinite(a) && Number.isFinite(b)) return a - b;
  return left < right ? -1 : 1;
}
