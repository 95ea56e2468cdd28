// The fast path for stores that number their states, as etcd does: every mutation makes a new revision, and every answer carries the one
// that it saw. Then the order is known, and replaying it costs one step an operation.

import type { Operation } from "./history.ts";
import { ILLEGAL, type Machine, type Part } from "./model.ts";
import type { PlacedOperation } from "./search.ts";

/** A part whose answers contradict each other. */
export interface RevisionViolation<Input, Output> {
  readonly part: Part<Input, Output>;
  readonly machine: Machine;
  /** What could be replayed before it. */
  readonly order: readonly PlacedOperation[];
  /** Index in the part of the operation that does not fit. */
  readonly blocked: number;
  /** Why, in words, one line. */
  readonly reason: string;
}

/** What replaying by revision found; `undecided` parts are left to the search. */
export interface RevisionResult<Input, Output> {
  readonly violations: readonly RevisionViolation<Input, Output>[];
  readonly undecided: readonly Part<Input, Output>[];
  readonly steps: number;
}

interface RevisedOperation {
  readonly index: number;
  readonly revision: number;
  readonly isRead: boolean;
  readonly invokedAt: number;
  readonly returnedAt: number;
}

interface RevisedPart<Input, Output> {
  readonly part: Part<Input, Output>;
  readonly machine: Machine;
  readonly operations: readonly RevisedOperation[];
  readonly hasOpenMutation: boolean;
}

/**
 * Replays every part in which all answers carry a revision. Such a part is linearizable when its replay is legal and no answer is older
 * than one that was given before it was asked for, in any of these parts: revisions count for the whole store. An operation of unknown
 * outcome may have made a revision that nobody else names; a part that fails and has one is left to the search.
 */
export function checkRevisions<Input, Output>(
  parts: readonly Part<Input, Output>[],
  compile: (operations: readonly Operation<Input, Output>[]) => Machine,
): RevisionResult<Input, Output> {
  const undecided: Part<Input, Output>[] = [];
  const revised: RevisedPart<Input, Output>[] = [];
  for (const part of parts) {
    if (hasRevisions(part)) revised.push(revisedPart(part, compile(part.operations)));
    else undecided.push(part);
  }
  const late = firstLateAnswers(revised);
  const violations: RevisionViolation<Input, Output>[] = [];
  let steps = 0;
  for (const candidate of revised) {
    const { part, machine } = candidate;
    const replayed = replay(candidate);
    steps += replayed.steps;
    const found = late.get(candidate) ?? replayed.failure;
    if (found === undefined) continue;
    if (candidate.hasOpenMutation && !late.has(candidate)) undecided.push(part);
    else violations.push({ part, machine, order: replayed.order, ...found });
  }
  return { violations, undecided, steps };
}

function hasRevisions({ operations }: Part<unknown, unknown>): boolean {
  const closed = operations.filter(({ returned }) => returned !== undefined);
  return closed.length > 0 && closed.every(({ returned }) => returned?.revision !== undefined);
}

function revisedPart<Input, Output>(part: Part<Input, Output>, machine: Machine): RevisedPart<Input, Output> {
  const operations: RevisedOperation[] = [];
  let hasOpenMutation = false;
  part.operations.forEach(({ invokedAt, returned }, index) => {
    const isRead = machine.isRead(index);
    if (returned?.revision === undefined) hasOpenMutation ||= !isRead;
    else operations.push({ index, revision: returned.revision, isRead, invokedAt, returnedAt: returned.at });
  });
  // What reads saw at a revision includes the mutation that made it.
  operations.sort((left, right) => left.revision - right.revision || Number(left.isRead) - Number(right.isRead));
  return { part, machine, operations, hasOpenMutation };
}

type Failure = Pick<RevisionViolation<unknown, unknown>, "blocked" | "reason">;

/**
 * The first answer of each part that is older than one which somebody had before it was asked for. A mutation must be newer than all of
 * those.
 */
function firstLateAnswers<Input, Output>(
  parts: readonly RevisedPart<Input, Output>[],
): ReadonlyMap<RevisedPart<Input, Output>, Failure> {
  const all = parts.flatMap((part) => part.operations.map((operation) => ({ part, operation })));
  const calls = [...all].sort((left, right) => left.operation.invokedAt - right.operation.invokedAt);
  const returns = [...all].sort((left, right) => left.operation.returnedAt - right.operation.returnedAt);
  const late = new Map<RevisedPart<Input, Output>, Failure>();
  let newest = Number.NEGATIVE_INFINITY;
  let next = 0;
  for (const { part, operation } of calls) {
    for (; (returns[next]?.operation.returnedAt ?? Infinity) < operation.invokedAt; next++) {
      newest = Math.max(newest, returns[next]?.operation.revision ?? newest);
    }
    const { revision, isRead, index } = operation;
    if ((isRead ? revision >= newest : revision > newest) || late.has(part)) continue;
    const reason = `its revision ${revision} is ${isRead ? "older than" : "not newer than"} ${newest}, answered before it was called`;
    late.set(part, { blocked: index, reason });
  }
  return late;
}

function replay({ part, machine, operations }: RevisedPart<unknown, unknown>): {
  readonly order: readonly PlacedOperation[];
  readonly failure: Failure | undefined;
  readonly steps: number;
} {
  const order: PlacedOperation[] = [];
  let state = machine.initialState;
  let made = Number.NEGATIVE_INFINITY;
  for (const { index, revision, isRead } of operations) {
    const after = machine.step(state, index);
    const isTaken = !isRead && revision === made;
    if (after === ILLEGAL || isTaken) {
      const reason = isTaken
        ? `another operation made revision ${revision} of ${part.name === "" ? "the store" : part.name}, too`
        : `at revision ${revision} the value is ${machine.describeState(state)}`;
      return { order, failure: { blocked: index, reason }, steps: order.length + 1 };
    }
    if (!isRead) made = revision;
    state = after;
    order.push({ operation: index, state });
  }
  return { order, failure: undefined, steps: order.length };
}
