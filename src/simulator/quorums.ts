// Quorums by brute force: no arithmetic in common with src/raft, so that one can check the other.
import type { Membership } from "../raft/index.ts";

/** Whether `ids` hold more than half of the voters, of both halves if the configuration is joint. */
export function isQuorumOf({ voters, votersOutgoing }: Membership, ids: ReadonlySet<string>): boolean {
  const holdsMostOf = (half: readonly string[]) =>
    half.length === 0 || 2 * half.filter((id) => ids.has(id)).length > half.length;
  return holdsMostOf(voters) && holdsMostOf(votersOutgoing);
}

/** All subsets of a list, the empty one included. */
export function subsetsOf<T>(list: readonly T[]): T[][] {
  return Array.from({ length: 2 ** list.length }, (_, mask) => list.filter((_item, bit) => (mask >> bit) % 2 === 1));
}

const answers = new Map<string, boolean>();

/** Whether one configuration could decide something while the other decides the opposite. */
export function haveDisjointQuorums(one: Membership, other: Membership): boolean {
  const key = JSON.stringify([one.voters, one.votersOutgoing, other.voters, other.votersOutgoing]);
  const known = answers.get(key);
  if (known !== undefined) return known;
  const everybody = [...new Set([one, other].flatMap(({ voters, votersOutgoing }) => [...voters, ...votersOutgoing]))];
  const disjoint = subsetsOf(everybody).some((side) => {
    const ids = new Set(side);
    const rest = new Set(everybody.filter((id) => !ids.has(id)));
    return isQuorumOf(one, ids) && isQuorumOf(other, rest);
  });
  answers.set(key, disjoint);
  return disjoint;
}
