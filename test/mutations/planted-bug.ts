// What a planted bug is: a change of the source that exists only while a test runs, and what is expected of it.

/** Replaces one text of one file; the text must stand there exactly once. */
export interface Patch {
  /** From the root of the project. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** S: breaks safety; L: breaks liveness; D: breaks durability. */
export type Kind = "S" | "L" | "D";

/** A mistake that somebody once made, or could make. */
export interface PlantedBug {
  readonly name: string;
  /** In the list of real bugs that docs/planted-bugs.md prints; from 101 on: of our own invention. Variants share a number. */
  readonly number: number;
  /** What the bug does, in one sentence. */
  readonly does: string;
  readonly patches: readonly Patch[];
  readonly kind: Kind;
  /** The general swarm must find it within so many seeds. */
  readonly ceiling: number;
}

/** A change that is no mistake: no oracle may say a word. */
export interface Control {
  readonly name: string;
  readonly does: string;
  readonly patches: readonly Patch[];
}

/** The third of the list that is kept away from whoever tunes faults and oracles, and run once at the end: 1, 4, 7, ... and 103, 106, ... */
export function isHeldBack({ number }: PlantedBug): boolean {
  return number % 3 === 1;
}
