// The rules of configurations (§6; dissertation §4).
import { isJoint, isVoter, type Ready, sameMembership } from "../../raft/index.ts";
import { haveDisjointQuorums } from "../quorums.ts";
import type { Replica } from "../replica.ts";
import type { Running } from "../replica-state.ts";
import { committedMembership, type Ghost, violated } from "./ghost.ts";

/**
 * M1: two configurations that can decide at the same time share a server in any two of their majorities. A replica can lead only with
 * every committed entry in its log, so only the configurations of such replicas count.
 */
export function configurationsOverlap(ghost: Ghost, replicas: readonly Replica[]): void {
  const last = ghost.committed.length;
  const inUse = [committedMembership(ghost)];
  for (const { running } of replicas) {
    if (running === undefined) continue;
    const { handed, node } = running;
    const complete = handed.lastIndex >= last && (last <= handed.baseIndex || isSame(ghost, running, last));
    if (complete && !inUse.includes(node.membership)) inUse.push(node.membership);
  }
  for (const [at, one] of inUse.entries()) {
    for (const other of inUse.slice(at + 1)) {
      if (haveDisjointQuorums(one, other)) {
        violated("M1 configurations overlap", `${JSON.stringify(one)} and ${JSON.stringify(other)} can decide apart`);
      }
    }
  }
}

function isSame({ committed }: Ghost, { handed }: Running, index: number): boolean {
  return handed.hashAt(index) === committed[index - 1]?.hash;
}

/** M2, dissertation §4.1: a leader begins no change while one is uncommitted, nor before an entry of its term is committed. */
export function oneChangeAtATime({ id }: Replica, { node, handed, ledTerm }: Running, { entries }: Ready): void {
  if (node.role !== "leader" || ledTerm !== node.term) return;
  for (const entry of entries) {
    if (entry.type !== "membership" || entry.term !== node.term) continue;
    const before = handed
      .entriesAfter(handed.baseIndex)
      .findLast((each) => each.type === "membership" && each.index < entry.index);
    if (before !== undefined && before.index > node.commitIndex) {
      violated(
        "M2 one change at a time",
        `${id} began change ${entry.index} while change ${before.index} was not committed`,
      );
    }
    if ((handed.termAt(node.commitIndex) ?? node.term) < node.term) {
      violated(
        "M2 no change before a commit of the term",
        `${id} began change ${entry.index} before committing in term ${node.term}`,
      );
    }
  }
}

/** M3, §6: the configuration in use is the last one in the log. */
export function usesLastConfiguration({ id }: Replica, { node, handed }: Running): void {
  const last = handed.membershipAt(handed.lastIndex);
  if (last !== node.membership && !sameMembership(last, node.membership)) {
    violated(
      "M3 last configuration in the log",
      `${id} uses ${JSON.stringify(node.membership)}; its log says ${JSON.stringify(last)}`,
    );
  }
}

/** M5, §6: a leader that is no voter any more steps down when that is committed. */
export function removedLeaderStepsDown({ id }: Replica, { node, handed }: Running): void {
  if (node.role !== "leader" || isVoter(node.membership, id) || isJoint(node.membership)) return;
  if (handed.lastChange <= node.commitIndex && handed.lastIndex === node.lastIndex) {
    violated(
      "M5 a removed leader steps down",
      `${id} leads on although its removal at ${handed.lastChange} is committed`,
    );
  }
}

/** M8, dissertation §3.10: a leader that hands over takes nothing new into its log, or its successor is never up to date. */
export function transferringTakesNothing({ id }: Replica, { node, seen }: Running): void {
  if (node.lastIndex <= seen.lastIndex) return;
  const { transferTarget } = node.status();
  if (transferTarget !== undefined) {
    violated(
      "M8 no proposals while handing over",
      `${id} took entry ${node.lastIndex} while it handed over to ${transferTarget}`,
    );
  }
}
