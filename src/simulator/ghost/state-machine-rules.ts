// The rules of state machines and snapshots (§5.4.3, §7), and the oracle that compares state hashes.
import { type LogIndex, type Snapshot, sameMembership } from "../../raft/index.ts";
import type { Replica } from "../replica.ts";
import type { Running } from "../replica-state.ts";
import { RuleBroken } from "../violation.ts";
import { committedMembership, type Ghost, violated } from "./ghost.ts";

/** R7: entries are applied in order, without a gap, once per incarnation. */
export function appliesInOrder({ id }: Replica, { appliedIndex }: Running, index: LogIndex): void {
  if (index !== appliedIndex + 1) {
    violated("R7 entries are applied in order", `${id} applied entry ${index} after entry ${appliedIndex}`);
  }
}

/** S2: all replicas have the same state at the same applied index. */
export function statesAreEqual({ committed }: Ghost, { id }: Replica, index: LogIndex, stateHash: number): void {
  const entry = committed[index - 1];
  if (entry === undefined) return;
  if (entry.stateHash === undefined) entry.stateHash = stateHash;
  else if (entry.stateHash !== stateHash) {
    throw new RuleBroken(
      "state-hash",
      "S2 equal states",
      `${id} has another state after entry ${index} than somebody before`,
    );
  }
}

/** R16, §7: a snapshot stands for a committed prefix of the log, with its last term and its membership. */
export function snapshotIsCommittedPrefix(ghost: Ghost, { id }: Replica, snapshot: Snapshot): void {
  const { lastIncludedIndex: index, lastIncludedTerm, membership } = snapshot;
  const term = ghost.committed[index - 1]?.term;
  if (term === undefined)
    violated("R16 snapshot of what is committed", `${id} has a snapshot at ${index}, which nobody committed`);
  if (term !== lastIncludedTerm) {
    violated(
      "R16 snapshot's last term",
      `${id} has a snapshot at ${index} of term ${lastIncludedTerm}; the entry is of term ${term}`,
    );
  }
  const expected = committedMembership(ghost, index);
  if (!sameMembership(membership, expected)) {
    const [has, is] = [JSON.stringify(membership), JSON.stringify(expected)];
    violated("R16 snapshot's membership", `${id} has a snapshot at ${index} with ${has}; committed there is ${is}`);
  }
}

/** R17: only what a durable snapshot stands for is compacted. */
export function compactsOnlySnapshots(
  { id }: Replica,
  { snapshot, forgotTo }: { snapshot: Snapshot; forgotTo: LogIndex },
): void {
  const upTo = snapshot.lastIncludedIndex;
  if (forgotTo > upTo) {
    violated(
      "R17 compaction follows a snapshot",
      `${id} forgot its log up to ${forgotTo}; its snapshot ends at ${upTo}`,
    );
  }
}

/** D1: a restart finds everything that a sync has confirmed. */
export function recoversWhatWasSynced(id: string, { found, synced }: { found: number; synced: number }): void {
  if (found < synced)
    violated("D1 synced writes survive", `${id} found its writes up to ${found} after a crash; ${synced} were synced`);
}
