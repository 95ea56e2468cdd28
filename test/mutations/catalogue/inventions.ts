// Planted bugs of our own invention, of all parts of the core.
import type { PlantedBug } from "../planted-bug.ts";
import { withoutAssertion } from "./elections.ts";

const APPEND = "src/raft/handlers/append-entries-messages.ts";
const INSTALL = "src/raft/handlers/install-snapshot-messages.ts";
const VOTES = "src/raft/handlers/election-messages.ts";

/** One patch each: the common case here. */
function invention(
  bug: Pick<PlantedBug, "name" | "number" | "does" | "kind" | "ceiling">,
  ...[file, find, replace]: readonly [string, string, string]
): PlantedBug {
  return { ...bug, patches: [{ file, find, replace }] };
}

export const inventedBugs: readonly PlantedBug[] = [
  invention(
    {
      name: "position-checked-by-length",
      number: 101,
      does: "a follower connects entries to its log without comparing the term before them",
      kind: "S",
      ceiling: 300,
    },
    APPEND,
    "log.termAt(message.prevLogIndex) === message.prevLogTerm;",
    "message.prevLogIndex <= log.lastIndex;",
  ),
  invention(
    {
      name: "commit-announced-early",
      number: 102,
      does: "a leader announces the end of its log as committed",
      kind: "S",
      ceiling: 100,
    },
    "src/raft/replication.ts",
    "    leaderCommit: stateMachine.commitIndex,\n",
    "    leaderCommit: log.lastIndex,\n",
  ),
  invention(
    {
      name: "sent-taken-for-stored",
      number: 104,
      does: "a leader takes an acknowledgement for one of all that it has sent",
      kind: "S",
      ceiling: 100,
    },
    APPEND,
    "acknowledge(raft, progress, message.matchIndex);",
    "acknowledge(raft, progress, Math.max(message.matchIndex, progress.nextIndex - 1));",
  ),
  invention(
    {
      name: "early-round-confirms-read",
      number: 105,
      does: "a read is confirmed by a round that began before it was asked for",
      kind: "S",
      ceiling: 300,
    },
    "src/raft/read-index.ts",
    "confirmed >= (round ?? Number.POSITIVE_INFINITY)",
    "confirmed >= (round ?? 1)",
  ),
  invention(
    {
      name: "vote-change-not-persisted",
      number: 106,
      does: "a vote is written only when the term or the commit index changes with it",
      kind: "D",
      ceiling: 300,
    },
    "src/raft/raft-node.ts",
    "handed.currentTerm === currentTerm && handed.votedFor === votedFor && handed.commitIndex === commitIndex;",
    "handed.currentTerm === currentTerm && handed.commitIndex === commitIndex;",
  ),
  {
    name: "pre-votes-count-as-votes",
    number: 107,
    does: "a candidate counts the answers to its pre-election as votes",
    patches: [
      {
        file: VOTES,
        find: 'if (node.role !== "pre-candidate") return;',
        replace: 'if (node.role !== "pre-candidate" && node.role !== "candidate") return;',
      },
      {
        file: VOTES,
        find: "message.term === voting.currentTerm + 1;",
        replace: 'message.term === voting.currentTerm + (node.role === "candidate" ? 0 : 1);',
      },
    ],
    kind: "S",
    ceiling: 300,
  },
  {
    name: "votes-not-cleared",
    number: 108,
    does: "a candidate begins with the answers to its pre-election",
    patches: [
      {
        file: "src/raft/roles.ts",
        find: "  raft.voting.votesReceived.clear();\n",
        replace: '  if (raft.node.role !== "pre-candidate") raft.voting.votesReceived.clear();\n',
      },
      withoutAssertion(
        '  assert(campaigning || voting.votesReceived.size === 0, "votes are counted only while campaigning");\n',
      ),
    ],
    kind: "S",
    ceiling: 300,
  },
  invention(
    {
      name: "loyalty-forgotten-in-crash",
      number: 109,
      does: "a restarted node votes at once, though it may have promised a leader its loyalty",
      kind: "S",
      ceiling: 1000,
    },
    "src/raft/raft.ts",
    "lastLeaderContactAt: hasPast ? now : Number.NEGATIVE_INFINITY,",
    "lastLeaderContactAt: hasPast && now < 0 ? now : Number.NEGATIVE_INFINITY,",
  ),
  invention(
    {
      name: "chunks-of-two-snapshots",
      number: 110,
      does: "a follower puts chunks of different snapshots together",
      kind: "S",
      ceiling: 500,
    },
    INSTALL,
    "same?.term === term && same.lastIncludedIndex === lastIncludedIndex && same.totalBytes === totalBytes;",
    "same?.totalBytes === totalBytes;",
  ),
  invention(
    {
      name: "repeated-chunk-appended",
      number: 111,
      does: "a follower appends a chunk that it has already",
      kind: "S",
      ceiling: 200,
    },
    INSTALL,
    "message.offset === incoming.offset && message.chunk.byteLength > 0",
    "message.chunk.byteLength > 0",
  ),
  invention(
    {
      name: "installed-configuration-ignored",
      number: 112,
      does: "a follower that installs a snapshot keeps its old membership",
      kind: "S",
      ceiling: 500,
    },
    INSTALL,
    "  stateMachine.memberships.restore({ index: lastIncludedIndex, membership });\n",
    "  stateMachine.memberships.restore({ index: lastIncludedIndex, membership: stateMachine.memberships.at(stateMachine.commitIndex) });\n",
  ),
  invention(
    {
      name: "joint-left-before-commit",
      number: 113,
      does: "a joint configuration is left as soon as anything is committed after it was begun",
      kind: "S",
      ceiling: 500,
    },
    "src/raft/commit.ts",
    "if (leader === undefined || memberships.currentIndex > commitIndex) return;",
    "if (leader === undefined) return;",
  ),
  invention(
    {
      name: "two-at-once-as-one",
      number: 114,
      does: "two voters are changed at once without a joint configuration",
      kind: "S",
      ceiling: 500,
    },
    "src/raft/membership.ts",
    "if (added + removed <= 1) return target;",
    "if (added + removed <= 2) return target;",
  ),
  invention(
    {
      name: "no-op-missing",
      number: 115,
      does: "a new leader waits for a proposal before it commits what earlier terms left, and before it serves reads",
      kind: "L",
      ceiling: 500,
    },
    "src/raft/roles.ts",
    '  appendAsLeader(raft, { type: "no-op" });\n',
    "",
  ),
  invention(
    {
      name: "unresponsive-for-ever",
      number: 116,
      does: "a follower that was silent for long never gets entries again, though it answers",
      kind: "L",
      ceiling: 300,
    },
    "src/raft/progress.ts",
    "  progress.responsive = true;\n",
    "",
  ),
  invention(
    {
      name: "transfer-never-given-up",
      number: 117,
      does: "a leader whose transfer failed refuses proposals for ever",
      kind: "L",
      ceiling: 500,
    },
    "src/raft/timers.ts",
    "  if (transfer.elapsedTicks >= config.electionTimeoutTicks) leader.transfer = undefined;\n",
    "",
  ),
  invention(
    { name: "joint-never-left", number: 118, does: "a joint configuration is never left", kind: "L", ceiling: 300 },
    "src/raft/commit.ts",
    "    if (hasCommittedInTerm(raft)) {\n",
    "    if (hasCommittedInTerm(raft) && memberships.currentIndex < 0) {\n",
  ),
  invention(
    {
      name: "read-index-of-follower",
      number: 119,
      does: "a follower serves a forwarded read at its own commit index instead of the leader's",
      kind: "S",
      ceiling: 300,
    },
    "src/raft/handlers/client-messages.ts",
    "raft.outbox.readStates.push({ context, readIndex });",
    "raft.outbox.readStates.push({ context, readIndex: Math.min(readIndex, raft.stateMachine.commitIndex) });",
  ),
  invention(
    {
      name: "own-vote-free-of-promises",
      number: 120,
      does: "a node campaigns when asked to, though it stands by a leader",
      kind: "S",
      ceiling: 1000,
    },
    "src/raft/raft-node.ts",
    'if (isPromotable(raft) && !protectsLeader(raft)) startElection(raft, "pre-vote");',
    'if (isPromotable(raft) && raft.leader === undefined) startElection(raft, "pre-vote");',
  ),
  invention(
    {
      name: "backtracking-too-far",
      number: 121,
      does: "after a refusal a leader takes the follower's word for how far both agree",
      kind: "S",
      ceiling: 500,
    },
    APPEND,
    "becomeProbe(progress, Math.max(agreement, progress.matchIndex) + 1);",
    "becomeProbe(progress, Math.max(agreement, progress.matchIndex) + 1);\n  progress.matchIndex = Math.max(agreement, progress.matchIndex);",
  ),
];
