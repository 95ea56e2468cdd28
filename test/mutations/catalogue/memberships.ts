// Planted bugs of membership changes: when they begin, when they hold, who counts.
import type { PlantedBug } from "../planted-bug.ts";

const APPEND = "src/raft/handlers/append-entries-messages.ts";
const CLIENT = "src/raft/handlers/client-messages.ts";
const COMMIT = "src/raft/commit.ts";
const NODE = "src/raft/raft-node.ts";
const QUORUM = "src/raft/quorum.ts";
const ROLES = "src/raft/roles.ts";
const VOTES = "src/raft/handlers/election-messages.ts";

export const membershipBugs: readonly PlantedBug[] = [
  {
    name: "change-before-own-commit",
    number: 22,
    does: "a new leader changes the membership before it has committed an entry of its own term",
    patches: [
      {
        file: CLIENT,
        find: '  if (!hasCommittedInTerm(raft)) return refuse(raft, "term-not-committed");\n',
        replace: "",
      },
    ],
    kind: "S",
    ceiling: 5000,
  },
  {
    name: "two-changes-in-flight",
    number: 23,
    does: "a leader begins a change of the membership while another is not committed",
    patches: [
      {
        file: CLIENT,
        find: '  if (stateMachine.memberships.currentIndex > stateMachine.commitIndex) return refuse(raft, "change-in-progress");\n',
        replace: "",
      },
    ],
    kind: "S",
    ceiling: 1000,
  },
  {
    name: "configuration-used-on-commit",
    number: 24,
    does: "a follower uses a new membership when it is committed, not from when it stands in the log",
    patches: [
      {
        file: APPEND,
        find: "  appendToLog(\n    raft,\n    entries.filter((entry) => entry.index >= firstNew.index),\n  );",
        replace: "  log.append(entries.filter((entry) => entry.index >= firstNew.index));",
      },
      {
        file: COMMIT,
        find: "  stateMachine.commitIndex = Math.max(stateMachine.commitIndex, index);\n",
        replace:
          '  for (let at = stateMachine.commitIndex + 1; at <= index; at++) {\n    const entry = stateMachine.log.entryAt(at);\n    if (entry?.type === "membership" && at > stateMachine.memberships.currentIndex) stateMachine.memberships.append({ index: at, membership: entry.membership });\n  }\n  stateMachine.commitIndex = Math.max(stateMachine.commitIndex, index);\n',
      },
    ],
    kind: "S",
    ceiling: 3000,
  },
  {
    name: "configuration-not-reverted",
    number: 25,
    does: "a membership stays in use when its entry is truncated from the log",
    patches: [
      { file: APPEND, find: "    memberships.truncateFrom(firstNew.index);\n", replace: "" },
      {
        file: APPEND,
        find: "const { log, memberships, commitIndex } = raft.stateMachine;",
        replace: "const { log, commitIndex } = raft.stateMachine;",
      },
      {
        file: "src/raft/membership-history.ts",
        find: '    assert(step.index > this.currentIndex, "memberships follow the order of the log");\n',
        replace: "",
      },
    ],
    kind: "S",
    ceiling: 1000,
  },
  {
    name: "learner-counted-in-quorum",
    number: 27,
    does: "learners count for commitment and reads",
    patches: [
      {
        file: QUORUM,
        find: "return Math.min(majorityValue(membership.voters, reached)",
        replace: "return Math.min(majorityValue([...membership.voters, ...membership.learners], reached)",
      },
    ],
    kind: "S",
    ceiling: 300,
  },
  {
    name: "restarted-learner-votes",
    number: 27,
    does: "a node that restarts from a snapshot takes its learners for voters",
    patches: [
      {
        file: "src/raft/raft.ts",
        find: "membership: snapshot?.membership ?? initial.membership,",
        replace:
          "membership: snapshot === undefined ? initial.membership : { ...snapshot.membership, voters: [...snapshot.membership.voters, ...snapshot.membership.learners].sort(), learners: [] },",
      },
    ],
    kind: "S",
    ceiling: 300,
  },
  {
    name: "promoted-learner-refuses-vote",
    number: 28,
    does: "a learner that has been promoted, and has not been told, refuses to vote",
    patches: [
      {
        file: VOTES,
        find: "  if (protectsLeader(raft)) return;\n",
        replace: "  if (protectsLeader(raft) || !isPromotable(raft)) return;\n",
      },
      {
        file: VOTES,
        find: "const voteGranted = free && ",
        replace: "const voteGranted = isPromotable(raft) && free && ",
      },
    ],
    kind: "L",
    ceiling: 2000,
  },
  {
    name: "new-voter-not-replicated-to",
    number: 29,
    does: "a leader counts a new voter but sends it nothing, so that nothing is committed any more",
    patches: [
      {
        file: ROLES,
        find: "  for (const id of entering) leader.progress.set(id, newProgress(stateMachine.log.lastIndex));\n",
        replace: "  if (entering.length > 99) leader.progress.clear();\n",
      },
    ],
    kind: "L",
    ceiling: 200,
  },
  {
    name: "joint-commit-by-new-half",
    number: 30,
    does: "in a joint configuration a majority of the new voters commits",
    patches: [
      {
        file: QUORUM,
        find: "return Math.min(majorityValue(membership.voters, reached), majorityValue(membership.votersOutgoing, reached));",
        replace: "return majorityValue(membership.voters, reached);",
      },
    ],
    kind: "S",
    ceiling: 500,
  },
  {
    name: "joint-election-by-union",
    number: 30,
    does: "in a joint configuration a majority of old and new voters together elects",
    patches: [
      {
        file: QUORUM,
        find: "const halves = [countHalf(membership.voters, votes), countHalf(membership.votersOutgoing, votes)];",
        replace:
          "const halves = [countHalf([...new Set([...membership.voters, ...membership.votersOutgoing])], votes)];",
      },
    ],
    kind: "S",
    ceiling: 500,
  },
  {
    name: "removed-leader-counts-itself",
    number: 31,
    does: "a leader that is no longer a voter counts itself",
    patches: [
      {
        file: COMMIT,
        find: "const quorumMatch = quorumValue(stateMachine.memberships.current, (id) => durableMatch(raft, id));",
        replace:
          "const { current } = stateMachine.memberships;\n  const quorumMatch = quorumValue({ ...current, voters: [...new Set([...current.voters, raft.node.id])] }, (id) => durableMatch(raft, id));",
      },
    ],
    kind: "S",
    ceiling: 500,
  },
  {
    name: "removed-leader-stays",
    number: 31,
    does: "a leader whose removal is committed goes on leading",
    patches: [
      {
        file: COMMIT,
        find: "  } else if (!isVoter(memberships.current, node.id)) {\n",
        replace: '  } else if (!isVoter(memberships.current, node.id) && node.role !== "leader") {\n',
      },
    ],
    kind: "S",
    ceiling: 500,
  },
  {
    name: "snapshot-with-newest-configuration",
    number: 33,
    does: "a snapshot stores the membership in use instead of the one at its index",
    patches: [{ file: NODE, find: "membership: memberships.at(index)", replace: "membership: memberships.current" }],
    kind: "S",
    ceiling: 1000,
  },
  {
    name: "snapshot-with-older-configuration",
    number: 33,
    does: "a snapshot stores the membership of the snapshot before it",
    patches: [
      {
        file: NODE,
        find: "membership: memberships.at(index)",
        replace: "membership: memberships.at(log.firstIndex - 1)",
      },
    ],
    kind: "S",
    ceiling: 1000,
  },
];
