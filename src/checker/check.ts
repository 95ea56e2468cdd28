// Whether a history is linearizable: partitions it, searches each part, and says in words what went wrong.

import { type Operation, requireTimes } from "./history.ts";
import type { Machine, Model, Part } from "./model.ts";
import { checkRevisions, type RevisionResult } from "./revisions.ts";
import { type PlacedOperation, type SearchResult, type SearchStop, search } from "./search.ts";

/** What to check, and how much work it may cost. */
export interface CheckRequest<Input, Output> {
  readonly model: Model<Input, Output>;
  readonly history: readonly Operation<Input, Output>[];
  /** Model steps for the whole history; when they are spent the verdict is "unknown". */
  readonly stepsMax?: number;
  /** Memory for the search of one part, in bytes; when it is spent the verdict is "unknown". */
  readonly bytesMax?: number;
  /** Asked every few thousand model steps, with their number so far: true ends the check, whose verdict is then "unknown". */
  readonly shouldStop?: (steps: number) => boolean;
}

/** Model steps unless said otherwise: some ten seconds of one core. */
export const DEFAULT_STEPS_MAX = 50_000_000;

/** Memory unless said otherwise. */
export const DEFAULT_BYTES_MAX = 512 * 1024 * 1024;

/** One operation of a legal order, and the state that it led to in words. */
export interface OrderedOperation<Input, Output> {
  readonly operation: Operation<Input, Output>;
  readonly state: string;
}

/** Why a part of a history is not linearizable. */
export interface Violation<Input, Output> {
  /** The part, for example `key "a"`; empty when the history has only one. */
  readonly part: string;
  /** The longest legal order found of what came before the blocked operation's return. */
  readonly prefix: readonly OrderedOperation<Input, Output>[];
  /**
   * Up to just before this operation's return the history has a legal order, with its return it has none. Operations that had not
   * returned by then may or may not be in the order, with the outputs that they had later.
   */
  readonly blocked: Operation<Input, Output>;
  /** All of it in words, several lines. */
  readonly explanation: string;
}

/** The verdict on a history. A budget that ran out is "unknown", never "linearizable". */
export type CheckResult<Input, Output> = { readonly steps: number; readonly parts: number } & (
  | { readonly verdict: "linearizable" }
  | { readonly verdict: "not-linearizable"; readonly violations: readonly Violation<Input, Output>[] }
  | { readonly verdict: "unknown"; readonly reason: string }
);

/**
 * Checks a history against a model. Parts whose answers all carry revisions are replayed in the order that these give; the others are
 * searched, small ones first, so that a hard one cannot use up their budget. A violation in one part outweighs an unknown other part.
 * Throws RangeError when a time is not a number or a return precedes its call.
 */
export function checkHistory<Input, Output>(request: CheckRequest<Input, Output>): CheckResult<Input, Output> {
  const { model, history, stepsMax = DEFAULT_STEPS_MAX, bytesMax = DEFAULT_BYTES_MAX } = request;
  requireTimes(history);
  const parts = [...model.partition(history)].sort((left, right) => left.operations.length - right.operations.length);
  const violations: Violation<Input, Output>[] = [];
  const unknown: string[] = [];
  let steps = 0;
  const revised = checkRevisions(parts, (operations) => model.compile(operations));
  steps += revised.steps;
  violations.push(...revised.violations.map((found) => revisionViolation(model, found)));
  for (const part of revised.undecided) {
    const machine = model.compile(part.operations);
    const stepsBefore = steps;
    const shouldStop = (stepsOfPart: number): boolean => request.shouldStop?.(stepsBefore + stepsOfPart) ?? false;
    const result = search(part.operations, machine, { stepsMax: stepsMax - steps, bytesMax, shouldStop });
    steps += result.steps;
    if (result.verdict === "not-linearizable") violations.push(violationOf(model, part, machine, result));
    if (result.verdict === "unknown") unknown.push(unknownReason(part, result.reason, { stepsMax, bytesMax }));
  }
  if (violations.length > 0) return { verdict: "not-linearizable", violations, steps, parts: parts.length };
  if (unknown.length > 0) return { verdict: "unknown", reason: unknown.join("; "), steps, parts: parts.length };
  return { verdict: "linearizable", steps, parts: parts.length };
}

function unknownReason(
  part: Part<unknown, unknown>,
  reason: SearchStop,
  { stepsMax, bytesMax }: { stepsMax: number; bytesMax: number },
): string {
  const where = part.name === "" ? "" : `${part.name}: `;
  const budgets = { steps: `${stepsMax} model steps`, memory: `${bytesMax} bytes of memory`, time: "the time given" };
  return `${where}no verdict within ${budgets[reason]}`;
}

function revisionViolation<Input, Output>(
  model: Model<Input, Output>,
  { part, machine, order, blocked, reason }: RevisionResult<Input, Output>["violations"][number],
): Violation<Input, Output> {
  const prefix = order.map((placed) => orderedOperation(part, machine, placed));
  const operation = operationAt(part, blocked);
  const name = part.name === "" ? "" : `${part.name}: `;
  const head = `${name}not linearizable: ${describeIn(model, operation)} cannot be placed`;
  const lines = [
    head,
    ...explainPrefix(model, prefix, machine.describeState(machine.initialState), "by revision"),
    reason,
  ];
  return { part: part.name, prefix, blocked: operation, explanation: lines.join("\n") };
}

function violationOf<Input, Output>(
  model: Model<Input, Output>,
  part: Part<Input, Output>,
  machine: Machine,
  result: Extract<SearchResult, { verdict: "not-linearizable" }>,
): Violation<Input, Output> {
  const prefix = result.prefix.map((placed) => orderedOperation(part, machine, placed));
  const blocked = operationAt(part, result.blocked);
  const initialState = machine.describeState(machine.initialState);
  const violation = { part: part.name, prefix, blocked };
  return { ...violation, explanation: explain({ ...violation, model, initialState }) };
}

function orderedOperation<Input, Output>(
  part: Part<Input, Output>,
  machine: Machine,
  placed: PlacedOperation,
): OrderedOperation<Input, Output> {
  return { operation: operationAt(part, placed.operation), state: machine.describeState(placed.state) };
}

function operationAt<Input, Output>(part: Part<Input, Output>, index: number): Operation<Input, Output> {
  const operation = part.operations[index];
  if (operation === undefined) throw new RangeError(`no operation ${index} in a part of ${part.operations.length}`);
  return operation;
}

/** How many operations of the prefix an explanation shows: the last ones. */
const EXPLAINED_OPERATIONS = 8;

function explain<Input, Output>(violation: {
  readonly model: Model<Input, Output>;
  readonly part: string;
  readonly initialState: string;
  readonly prefix: readonly OrderedOperation<Input, Output>[];
  readonly blocked: Operation<Input, Output>;
}): string {
  const { model, part, initialState, prefix, blocked } = violation;
  return [
    `${part === "" ? "" : `${part}: `}not linearizable: ${describeIn(model, blocked)} cannot be placed`,
    ...explainPrefix(model, prefix, initialState, "found"),
    `no order that the times allow lets ${model.describe(blocked)} take effect between its call and its return`,
  ].join("\n");
}

function explainPrefix<Input, Output>(
  model: Model<Input, Output>,
  prefix: readonly OrderedOperation<Input, Output>[],
  initialState: string,
  how: string,
): readonly string[] {
  const shown = prefix.slice(-EXPLAINED_OPERATIONS);
  const earlier = prefix.length - shown.length;
  return [
    `the longest legal order ${how} of what came before has ${prefix.length} operations, from ${initialState}:`,
    ...(earlier === 0 ? [] : [`  ... ${earlier} earlier operations ...`]),
    ...shown.map(({ operation, state }) => `  ${describeIn(model, operation)}, then the value is ${state}`),
  ];
}

function describeIn<Input, Output>(model: Model<Input, Output>, operation: Operation<Input, Output>): string {
  return `${model.describe(operation)} by ${operation.process} (${timesOf(operation)})`;
}

function timesOf({ invokedAt, returned }: Operation<unknown, unknown>): string {
  return `${round(invokedAt)} .. ${returned === undefined ? "open" : round(returned.at)}`;
}

function round(time: number): string {
  return String(Math.round(time * 1000) / 1000);
}
