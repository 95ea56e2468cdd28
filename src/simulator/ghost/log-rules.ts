// The rules of the log and of commitment (§5.3, §5.4).
import { type LogIndex, type Membership, type Message, members, type Ready, type Term } from "../../raft/index.ts";
import { isQuorumOf } from "../quorums.ts";
import type { Replica } from "../replica.ts";
import type { Running } from "../replica-state.ts";
import { committedHash, type Ghost, keyOf, violated, votersText } from "./ghost.ts";

/** R8: the commit index only grows, within the log. */
export function commitGrows({ id }: Replica, { node, seen }: Running): void {
  const { commitIndex, lastIndex } = node;
  if (commitIndex < seen.commitIndex) {
    violated("R8 commit index grows", `${id} went from commit index ${seen.commitIndex} back to ${commitIndex}`);
  }
  if (commitIndex > lastIndex) {
    violated("R8 commit within the log", `${id} has commit index ${commitIndex} and a log that ends at ${lastIndex}`);
  }
}

/** R4, §5.3: a leader never overwrites or deletes entries of its log. */
export function leaderAppendOnly({ id }: Replica, { node, handed, ledTerm }: Running, { entries }: Ready): void {
  const first = entries[0];
  if (first === undefined || ledTerm !== node.term || node.role !== "leader") return;
  if (first.index <= handed.lastIndex) {
    violated("R4 leader append-only", `${id}, leader of term ${node.term}, replaced its entry ${first.index}`);
  }
}

/** R14, §5.3: a follower removes entries only when the first of them conflicts, and never one that it knows to be committed. */
export function truncatesOnlyConflicts(
  { id, durable }: Replica,
  { handed }: Running,
  { ready, inputs }: { ready: Ready; inputs: number },
): void {
  const first = ready.entries[0];
  if (first === undefined || ready.snapshot !== undefined || first.index > handed.lastIndex) return;
  if (first.index <= (durable.hardState?.commitIndex ?? 0)) {
    violated("R14 committed entries stay", `${id} replaced its entry ${first.index}, which it knew to be committed`);
  }
  // With several inputs in one Ready an entry may have gone and come back meanwhile.
  if (handed.termAt(first.index) === first.term && inputs === 1) {
    violated("R14 only conflicts are removed", `${id} replaced its entry ${first.index}@${first.term} by itself`);
  }
}

/** R5, §5.3: entries with the same index and term are equal, and so is everything before them. */
export function logMatching(ghost: Ghost, { id }: Replica, { handed }: Running, { entries }: Ready): void {
  for (const { index, term } of entries) {
    const hash = handed.hashAt(index) ?? Number.NaN;
    const key = keyOf(term, index);
    const known = ghost.prefixes.get(key);
    if (known === undefined) ghost.prefixes.set(key, hash);
    else if (known !== hash) {
      violated("R5 log matching", `${id} has entry ${index}@${term} after another log than somebody had before`);
    }
  }
}

/** R6, §5.4: what was committed in earlier terms is in the log of a new leader. O(1): the hash covers everything before. */
export function leaderCompleteness({ committed }: Ghost, { id }: Replica, { node, handed }: Running): void {
  let index = committed.length;
  while (index > 0 && (committed[index - 1]?.committedIn ?? 0) >= node.term) index--;
  const newest = committed[index - 1];
  if (newest === undefined || index <= handed.baseIndex) return;
  if (handed.hashAt(index) !== newest.hash) {
    violated(
      "R6 leader completeness",
      `${id} leads term ${node.term} without the committed entry ${index}@${newest.term}`,
    );
  }
}

/** R6 seen from the commit: who leads a later term already must have the entry. */
export function laterLeadersHave({ committed }: Ghost, index: LogIndex, replicas: readonly Replica[]): void {
  const entry = committed[index - 1];
  if (entry === undefined) return;
  for (const { id, running } of replicas) {
    if (running === undefined || running.node.role !== "leader" || running.node.term <= entry.committedIn) continue;
    if (running.handed.baseIndex < index && running.handed.hashAt(index) !== entry.hash) {
      violated(
        "R6 leader completeness",
        `entry ${index} was committed while ${id}, leader of the later term ${running.node.term}, did not have it`,
      );
    }
  }
}

/** R9, §5.4.2: a leader commits by counting only an entry of its own term. */
export function commitsOwnTerm({ id }: Replica, { node, handed }: Running): void {
  const term = handed.termAt(node.commitIndex);
  // What it appended since the last Ready is of its own term.
  if (term !== undefined && term !== node.term) {
    violated(
      "R9 own-term commit",
      `${id}, leader of term ${node.term}, committed entry ${node.commitIndex}@${term} by counting`,
    );
  }
}

/** R10, §5.3: a committed entry is durable on a majority (both, in a joint configuration) of the committing leader's configuration. */
export function commitIsDurable(
  membership: Membership,
  { index, hash, by }: { index: LogIndex; hash: number; by: string },
  replicas: readonly Replica[],
): void {
  const holders = new Set<string>();
  for (const { id, durable } of replicas) {
    if (durable.log.baseIndex >= index || durable.log.hashAt(index) === hash) holders.add(id);
  }
  if (!isQuorumOf(membership, holders)) {
    const on = [...holders].join(" ") || "nobody";
    const quorum = votersText(membership);
    violated(
      "R10 commit is durable on a quorum",
      `${by} committed entry ${index}, durable only on ${on}; voters are ${quorum}`,
    );
  }
}

/** R13, Figure 2: matchIndex only grows while its leader leads. */
export function matchGrows(
  { matches }: Ghost,
  { id }: Replica,
  { node, follower }: { node: Running["node"]; follower: Replica | undefined },
): void {
  const match = follower && node.matchIndexOf(follower.id);
  if (follower === undefined || match === undefined) return;
  const key = keyOf(node.term, follower.number);
  const before = matches.get(key) ?? 0;
  if (match < before) {
    violated("R13 matchIndex grows", `${id} took ${follower.id} back from ${before} to ${match} in term ${node.term}`);
  }
  matches.set(key, match);
}

/** A follower that is added anew begins anew. */
export function forgetMatches({ matches }: Ghost, { node, seen }: Running, replicas: readonly Replica[]): void {
  const before = members(seen.membership);
  for (const { id, number } of replicas) if (!before.includes(id)) matches.delete(keyOf(node.term, number));
}

/** R13, Figure 2: what a leader believes that a follower holds, the follower holds, durably and equal. */
export function matchIsDurable({ id }: Replica, { node, handed }: Running, follower: Replica | undefined): void {
  if (follower === undefined) return;
  const match = node.matchIndexOf(follower.id);
  if (match === undefined) return;
  const { hardState, log } = follower.durable;
  if (hardState?.currentTerm !== node.term || match <= log.baseIndex || match <= handed.baseIndex) return;
  if (match > handed.lastIndex) return;
  if (log.hashAt(match) !== handed.hashAt(match)) {
    violated(
      "R13 matchIndex is durable",
      `${id} believes that ${follower.id} holds its entry ${match}, which it does not`,
    );
  }
}

/** R15, §5.3: a follower commits only as far as the message has verified its log. */
export function commitsOnlyVerified({ id }: Replica, { node, seen }: Running, message: Message): void {
  if (message.type !== "AppendEntries" || node.commitIndex <= seen.commitIndex) return;
  const verified = message.prevLogIndex + message.entries.length;
  if (node.commitIndex > verified) {
    violated(
      "R15 commit only what is verified",
      `${id} raised its commit index to ${node.commitIndex}; the message from ${message.from} verified its log up to ${verified}`,
    );
  }
}

/** R7, §5.4.3: no two replicas ever have different entries committed at an index. */
export function committedIsEqual(ghost: Ghost, id: string, index: LogIndex, hash: number | undefined): void {
  if (index > ghost.committed.length) {
    violated("R7 state machine safety", `${id} takes entry ${index} for committed, which no leader committed`);
  }
  if (committedHash(ghost, index) !== hash) {
    violated("R7 state machine safety", `${id} has another log up to the committed entry ${index}`);
  }
}

/** Notes that a leader has committed an entry; the first one decides what it is. */
export function noteCommitted(
  ghost: Ghost,
  { index, term, hash, committedIn }: { index: LogIndex; term: Term; hash: number; committedIn: Term },
): void {
  if (index !== ghost.committed.length + 1)
    violated("R7 state machine safety", `entry ${index} was committed out of order`);
  ghost.committed.push({ term, hash, committedIn, stateHash: undefined });
}
