// Assertions state invariants; they stay on in production, because a replica that broke one must stop.

/** Thrown when an invariant of the code is broken: a bug of ours, never the fault of an input. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

/** Throws AssertionError unless `condition` holds. `invariant` says, in words, what must be true. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new AssertionError(invariant);
}

/** Ends an exhaustive `switch`: compiles only when every member of the union has been handled. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable case: ${JSON.stringify(value)}`);
}
