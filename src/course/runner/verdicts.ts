// Collects what is remarkable about replicas, each kind once per replica, with a count.
import type { Address } from "../protocol.ts";
import type { Verdict, VerdictCode } from "./result.ts";

/** A verdict that is about to be recorded. */
export interface Remark {
  readonly severity: "failure" | "warning";
  readonly code: VerdictCode;
  readonly replica?: Address;
  readonly at: number;
  readonly text: string;
}

/** The verdicts of one run, in the order of their first times. */
export class Verdicts {
  readonly #byKind = new Map<string, Verdict>();

  /** Records a remark; a further one of the same kind about the same replica only counts. Returns whether it is new. */
  add(remark: Remark): boolean {
    const kind = `${remark.code}/${remark.replica ?? ""}`;
    const earlier = this.#byKind.get(kind);
    this.#byKind.set(kind, earlier === undefined ? { ...remark, times: 1 } : { ...earlier, times: earlier.times + 1 });
    return earlier === undefined;
  }

  /** All verdicts so far. */
  list(): Verdict[] {
    return [...this.#byKind.values()];
  }
}
