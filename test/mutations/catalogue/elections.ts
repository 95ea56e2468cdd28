// Planted bugs of elections: votes, terms, timers, leadership transfer.
import type { Patch, PlantedBug } from "../planted-bug.ts";

const CORE = "src/raft/raft.ts";
const VOTES = "src/raft/handlers/election-messages.ts";
const NODE = "src/raft/raft-node.ts";
const INVARIANTS = "src/raft/invariants.ts";

/** Who makes such a mistake has not asserted its opposite either; so the oracles have to notice, not the node itself. */
export function withoutAssertion(find: string): Patch {
  return { file: INVARIANTS, find, replace: "" };
}

const oneVoteAsserted = withoutAssertion(
  '  assert(before.votedFor === undefined || voting.votedFor === before.votedFor, "one vote a term (§5.2)");\n',
);

export const electionBugs: readonly PlantedBug[] = [
  {
    name: "vote-sent-before-persisted",
    number: 2,
    does: "a vote leaves the voter before it is durable",
    patches: [
      {
        file: CORE,
        find: "raft.outbox.messagesAfterPersist.push(message);",
        replace:
          'if (message.type === "RequestVoteResponse") raft.outbox.messages.push(message); else raft.outbox.messagesAfterPersist.push(message);',
      },
    ],
    kind: "D",
    ceiling: 200,
  },
  {
    name: "candidacy-sent-before-persisted",
    number: 2,
    does: "a candidate asks for votes before its own vote is durable",
    patches: [
      {
        file: "src/raft/election.ts",
        find: 'sendAfterPersist(raft, { type: "RequestVote"',
        replace: 'send(raft, { type: "RequestVote"',
      },
    ],
    kind: "D",
    ceiling: 200,
  },
  {
    name: "step-down-clears-vote",
    number: 4,
    does: "stepping down within a term forgets whom the node voted for in it",
    patches: [
      { file: "src/raft/roles.ts", find: "  if (term === voting.currentTerm) return;\n", replace: "" },
      oneVoteAsserted,
    ],
    kind: "S",
    ceiling: 1000,
  },
  {
    name: "term-not-reloaded",
    number: 5,
    does: "a restarted node takes the term of its last entry for the current one",
    patches: [
      {
        file: CORE,
        find: "const currentTerm = hardState?.currentTerm ?? 0;",
        replace: "const currentTerm = log.lastTerm;",
      },
    ],
    kind: "S",
    ceiling: 50,
  },
  {
    name: "vote-not-reloaded",
    number: 5,
    does: "a restarted node has forgotten its vote",
    patches: [{ file: CORE, find: "      votedFor: hardState?.votedFor,\n", replace: "      votedFor: undefined,\n" }],
    kind: "S",
    ceiling: 50,
  },
  {
    name: "candidate-grants-others",
    number: 16,
    does: "a candidate or leader that is asked for its vote in the same term gives it once more",
    patches: [
      {
        file: VOTES,
        find: "const free = voting.votedFor === undefined || voting.votedFor === message.from;",
        replace:
          'const free = voting.votedFor === undefined || voting.votedFor === message.from || node.role !== "follower";',
      },
      {
        file: VOTES,
        find: "free && voting.leader === undefined &&",
        replace: "free && (voting.leader === undefined || voting.leader === node.id) &&",
      },
      oneVoteAsserted,
      withoutAssertion(
        '  assert(node.role !== "candidate" || voting.votedFor === node.id, "a candidate has voted for itself");\n',
      ),
    ],
    kind: "S",
    ceiling: 300,
  },
  {
    name: "up-to-date-by-index",
    number: 17,
    does: "a voter compares only the lengths of the logs, not their last terms",
    patches: [
      {
        file: "src/raft/log.ts",
        find: "return term > this.lastTerm || (term === this.lastTerm && index >= this.lastIndex);",
        replace: "return index >= this.lastIndex;",
      },
    ],
    kind: "S",
    ceiling: 200,
  },
  {
    name: "old-vote-counted",
    number: 19,
    does: "a candidate counts votes that were given in an earlier term",
    patches: [
      {
        file: NODE,
        find: "if (message.term < voting.currentTerm) {",
        replace: 'if (message.term < voting.currentTerm && message.type !== "RequestVoteResponse") {',
      },
    ],
    kind: "S",
    ceiling: 300,
  },
  {
    name: "old-acknowledgement-counted",
    number: 19,
    does: "a leader believes an acknowledgement of an earlier term",
    patches: [
      {
        file: NODE,
        find: "if (message.term < voting.currentTerm) {",
        replace: 'if (message.term < voting.currentTerm && message.type !== "AppendEntriesResponse") {',
      },
    ],
    kind: "S",
    ceiling: 300,
  },
  {
    name: "old-heartbeat-resets-timer",
    number: 20,
    does: "a heartbeat of an earlier term restarts the election timer, and is not answered",
    patches: [
      {
        file: NODE,
        find: "import { createRaft, isPromotable, ",
        replace: "import { createRaft, isPromotable, resetElectionTimer, ",
      },
      {
        file: NODE,
        find: '    case "AppendEntries":\n    case "InstallSnapshot": {\n',
        replace:
          '    case "AppendEntries":\n    case "InstallSnapshot": {\n      resetElectionTimer(raft);\n      if (raft) return;\n',
      },
    ],
    kind: "L",
    ceiling: 200,
  },
  {
    name: "repeated-request-refused",
    number: 21,
    does: "a voter that is asked again by the candidate it voted for refuses",
    patches: [{ file: VOTES, find: " || voting.votedFor === message.from;", replace: ";" }],
    kind: "L",
    ceiling: 500,
  },
  {
    name: "older-terms-dropped-silently",
    number: 68,
    does: "whoever speaks in an earlier term gets no answer, and so never learns of the later one",
    patches: [
      {
        file: NODE,
        find: "  const envelope = { from: raft.node.id, to: message.from, term: raft.voting.currentTerm };\n",
        replace:
          "  if (raft) return;\n  const envelope = { from: raft.node.id, to: message.from, term: raft.voting.currentTerm };\n",
      },
    ],
    kind: "L",
    ceiling: 1000,
  },
  {
    name: "no-check-quorum",
    number: 70,
    does: "a leader that hears of nobody goes on leading",
    patches: [
      {
        file: "src/raft/timers.ts",
        find: "if (!hasActiveQuorum(raft)) {",
        replace: "if (!raft && !hasActiveQuorum(raft)) {",
      },
    ],
    kind: "L",
    ceiling: 300,
  },
  {
    name: "candidate-disturbs-leader",
    number: 70,
    does: "nodes that hear a leader answer other candidates all the same, so a partially connected one keeps deposing it",
    patches: [
      { file: VOTES, find: "  if (protectsLeader(raft)) return;\n", replace: "" },
      {
        file: VOTES,
        find: "import { protectsLeader, recordVote, startElection }",
        replace: "import { recordVote, startElection }",
      },
      {
        file: NODE,
        find: '  if (message.type === "RequestVote" && !message.leadershipTransfer && protectsLeader(raft)) return false;\n',
        replace: "",
      },
    ],
    kind: "L",
    ceiling: 300,
  },
  {
    name: "proposals-during-transfer",
    number: 71,
    does: "a leader takes proposals while it hands over, so the target is never up to date",
    patches: [
      {
        file: "src/raft/handlers/client-messages.ts",
        find: '  if (raft.leader.transfer !== undefined) return refuse(raft, "transferring");\n',
        replace: "",
      },
    ],
    kind: "L",
    ceiling: 500,
  },
];
