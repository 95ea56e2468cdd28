// The rules of terms, votes and leaders (§5.2, §5.4.1), and of what a message may promise.
import { durabilityPromisedBy, type HardState, type Message } from "../../raft/index.ts";
import { isQuorumOf } from "../quorums.ts";
import type { Replica } from "../replica.ts";
import type { Running } from "../replica-state.ts";
import { type Ghost, keyOf, violated, votersText } from "./ghost.ts";

/** R1, §5.2: at most one leader can be elected in a term, ever. */
export function electionSafety(ghost: Ghost, { id }: Replica, { node }: Running): void {
  const first = ghost.leaderOf.get(node.term);
  if (first === undefined) ghost.leaderOf.set(node.term, id);
  else if (first !== id) violated("R1 election safety", `${first} and ${id} both led term ${node.term}`);
}

/** R1, M4, §5.2, §6: a leader has the votes of a quorum of its configuration; nobody else's vote counts. */
export function electedByQuorum(
  { votes, numbers }: Ghost,
  { id }: Replica,
  { node: { term, membership } }: Running,
): void {
  const voters = new Set([id]);
  for (const [voter, number] of numbers) if (votes.get(keyOf(term, number)) === id) voters.add(voter);
  if (!isQuorumOf(membership, voters)) {
    violated(
      "R1 elected by a quorum",
      `${id} leads term ${term} with the votes of ${[...voters].join(" ")}; voters are ${votersText(membership)}`,
    );
  }
}

/** R2, §5.2: each server votes for at most one candidate in a term, also across restarts. */
export function oneVoteATerm(ghost: Ghost, { number, id }: Replica, message: Message): void {
  const candidate = candidateVotedFor(message);
  if (candidate === undefined) return;
  const key = keyOf(message.term, number);
  const first = ghost.votes.get(key);
  if (first === undefined) ghost.votes.set(key, candidate);
  else if (first !== candidate) {
    violated("R2 one vote a term", `${id} voted for ${first} and for ${candidate} in term ${message.term}`);
  }
}

function candidateVotedFor(message: Message): string | undefined {
  if (message.type === "RequestVote") return message.from;
  return message.type === "RequestVoteResponse" && message.voteGranted ? message.to : undefined;
}

/** R3, Figure 2: currentTerm never decreases. */
export function termsGrow({ id }: Replica, { node, seen }: Running): void {
  if (node.term < seen.term) violated("R3 terms grow", `${id} went from term ${seen.term} back to ${node.term}`);
  if (node.term === seen.term && seen.votedFor !== undefined && node.votedFor !== seen.votedFor) {
    const now = node.votedFor ?? "nobody";
    violated("R2 one vote a term", `${id} changed its vote in term ${node.term} from ${seen.votedFor} to ${now}`);
  }
}

/** R3, R2, R8: a restarted replica knows its term and its vote, and takes nothing for committed that nobody committed. */
export function remembersAcrossRestart(ghost: Ghost, { id, durable }: Replica, { node }: Running): void {
  const { currentTerm = 0, votedFor } = durable.hardState ?? {};
  if (node.term !== currentTerm) {
    violated("R3 the term survives a restart", `${id} restarted in term ${node.term}; its disk says ${currentTerm}`);
  }
  if (node.votedFor !== votedFor) {
    const [now, before] = [node.votedFor ?? "nobody", votedFor ?? "nobody"];
    violated("R2 the vote survives a restart", `${id} restarted with a vote for ${now}; its disk says ${before}`);
  }
  if (node.commitIndex > ghost.committed.length) {
    violated(
      "R8 commit after a restart",
      `${id} restarted with commit index ${node.commitIndex}, which nobody committed`,
    );
  }
}

/** R2, R3, D1: a restart finds the term and the vote that a sync has confirmed. */
export function findsItsPromises({ hardStates }: Ghost, { id, number }: Replica, found: HardState | undefined): void {
  const synced = hardStates.get(number);
  if (synced === undefined) return;
  const [term, vote] = [found?.currentTerm ?? 0, found?.votedFor ?? "nobody"];
  if (term < synced.currentTerm) {
    violated(
      "R3 the term survives a restart",
      `${id} found term ${term} on its disk; ${synced.currentTerm} was synced`,
    );
  }
  if (term === synced.currentTerm && synced.votedFor !== undefined && vote !== synced.votedFor) {
    violated("R2 the vote survives a restart", `${id} found a vote for ${vote}; one for ${synced.votedFor} was synced`);
  }
}

/** R12, §5.4.1: a vote goes only to a candidate whose log is at least as up to date as the voter's. */
export function votesForUpToDateLogs(
  ghost: Ghost,
  { id }: Replica,
  { message, handed, inputs }: { message: Message; handed: Running["handed"]; inputs: number },
): void {
  if (message.type !== "RequestVoteResponse" || !message.voteGranted) return;
  const candidate = ghost.candidateLogs.get(keyOf(message.term, ghost.numbers.get(message.to) ?? -1));
  // With several inputs in one Ready the log may have grown since the vote.
  if (candidate === undefined || inputs > 1) return;
  const { lastIndex, lastTerm } = candidate;
  const upToDate = lastTerm > handed.lastTerm || (lastTerm === handed.lastTerm && lastIndex >= handed.lastIndex);
  if (!upToDate) {
    const own = `${handed.lastIndex}@${handed.lastTerm}`;
    violated(
      "R12 votes for up-to-date logs",
      `${id}, whose log ends with ${own}, voted for ${message.to}, whose log ends with ${lastIndex}@${lastTerm}`,
    );
  }
}

/** R2, §5.1: who asks again for the vote that it was given gets it again, for the answer may have been lost. */
export function repeatsItsVote(
  { id }: Replica,
  { running, message, request }: { running: Running; message: Message; request: Message | undefined },
): void {
  if (message.type !== "RequestVoteResponse" || message.voteGranted || request?.type !== "RequestVote") return;
  const { node, handed } = running;
  const { term, from, lastLogIndex: index, lastLogTerm } = request;
  const asked = request.to === id && term === node.term && message.to === from && node.votedFor === from;
  // A leader has been elected meanwhile, or has lengthened the log: then the vote is of no use any more.
  if (!asked || node.leader !== undefined || handed.lastTerm > lastLogTerm) return;
  if (handed.lastTerm === lastLogTerm && handed.lastIndex > index) return;
  violated("R2 a vote is repeated", `${id} refused ${from} the vote that it had given it in term ${term}`);
}

/** Notes where a candidate's log ends; it does not change while it is a candidate. */
export function noteCandidate(ghost: Ghost, { number }: Replica, message: Message): void {
  if (message.type !== "RequestVote") return;
  const { lastLogIndex: lastIndex, lastLogTerm: lastTerm, term } = message;
  ghost.candidateLogs.set(keyOf(term, number), { lastIndex, lastTerm });
}

/** R18: a message of an older term changes nothing but that its sender is told. */
export function staleMessagesChangeNothing(
  { matches, numbers }: Ghost,
  { id }: Replica,
  { running: { node, seen }, message }: { running: Running; message: Message },
): void {
  if (message.term >= seen.term) return;
  const match = node.matchIndexOf(message.from) ?? 0;
  const same =
    node.term === seen.term &&
    node.role === seen.role &&
    node.votedFor === seen.votedFor &&
    node.lastIndex === seen.lastIndex &&
    node.commitIndex === seen.commitIndex &&
    node.electionElapsedTicks === seen.electionElapsedTicks &&
    (match === 0 || match === matches.get(keyOf(node.term, numbers.get(message.from) ?? -1)));
  if (!same) {
    const what = `${message.type} of term ${message.term} from ${message.from}`;
    violated("R18 stale messages change nothing", `${what} changed ${id}, which is in term ${seen.term}`);
  }
}

/** R18, R11, Figure 2: a message's term is one that its sender has reached, and what it promises is durable before it leaves. */
export function promisesAreDurable({ id, durable, running }: Replica, message: Message): void {
  const term = running?.node.term ?? 0;
  // A PreVote and its grant carry the term of an election that may never be.
  const ahead = message.type === "PreVote" || (message.type === "PreVoteResponse" && message.voteGranted);
  if (message.term > term && !(ahead && (message.type === "PreVoteResponse" || message.term === term + 1))) {
    violated(
      "R18 nobody speaks for a later term",
      `${id}, in term ${term}, sent ${message.type} of term ${message.term}`,
    );
  }
  const promise = durabilityPromisedBy(message);
  if (promise === undefined) return;
  const { currentTerm = 0, votedFor } = durable.hardState ?? {};
  if (currentTerm < promise.term) broken(message, `its durable term is ${currentTerm}`);
  // What was promised in an earlier term has been overtaken: a later leader may have replaced those entries before they were written.
  if (currentTerm > promise.term) return;
  if (promise.votedFor !== undefined && promise.votedFor !== votedFor) {
    broken(message, `its durable vote is for ${votedFor ?? "nobody"}`);
  }
  // Nor can a candidate win that has met its term's leader meanwhile, and may have lost entries to it.
  const campaigns = running?.node.role === "candidate" && term === message.term;
  if (message.type === "RequestVote" && !campaigns) return;
  if ((promise.lastIndex ?? 0) > durable.log.lastIndex) {
    broken(message, `it is about entry ${promise.lastIndex}, and its durable log ends at ${durable.log.lastIndex}`);
  }
}

function broken(message: Message, detail: string): never {
  const what = `${message.from} sent ${message.type} of term ${message.term} to ${message.to}`;
  violated("R11 promises are durable", `${what}, but ${detail}`);
}
