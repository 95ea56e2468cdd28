// Planted bugs of snapshots: taking, sending, installing.
import type { PlantedBug } from "../planted-bug.ts";
import { withoutAssertion } from "./elections.ts";

const INSTALL = "src/raft/handlers/install-snapshot-messages.ts";
const NODE = "src/raft/raft-node.ts";

export const snapshotBugs: readonly PlantedBug[] = [
  {
    name: "snapshot-index-one-too-high",
    number: 44,
    does: "a snapshot says that it includes one entry more than it does",
    patches: [
      {
        file: NODE,
        find: "stateMachine.snapshot = { lastIncludedIndex: index, lastIncludedTerm, membership: memberships.at(index), state };",
        replace:
          "const nextTerm = log.termAt(index + 1);\n      const labelled = nextTerm === undefined ? { lastIncludedIndex: index, lastIncludedTerm } : { lastIncludedIndex: index + 1, lastIncludedTerm: nextTerm };\n      stateMachine.snapshot = { ...labelled, membership: memberships.at(index), state };",
      },
    ],
    kind: "S",
    ceiling: 100,
  },
  {
    name: "installed-snapshot-replayed",
    number: 44,
    does: "after a snapshot its last entry is applied once more",
    patches: [
      {
        file: "src/raft/log.ts",
        find: '    assert(from >= this.firstIndex, "compacted entries cannot be read");\n',
        replace: "",
      },
      {
        file: NODE,
        find: "from: stateMachine.handedToApply + 1,",
        replace:
          "from: Math.max(stateMachine.log.firstIndex, stateMachine.handedToApply + 1 - (stateMachine.snapshot?.lastIncludedIndex === stateMachine.handedToApply ? 1 : 0)),",
      },
    ],
    kind: "S",
    ceiling: 100,
  },
  {
    name: "older-snapshot-accepted",
    number: 46,
    does: "a follower installs a snapshot that is older than what it has committed",
    patches: [
      {
        file: INSTALL,
        find: "  if (message.lastIncludedIndex <= stateMachine.commitIndex) {\n",
        replace: "  if (message.lastIncludedIndex < 0) {\n",
      },
      {
        file: INSTALL,
        find: "  stateMachine.handedToApply = lastIncludedIndex;\n  commitTo(raft, lastIncludedIndex);\n",
        replace:
          "  stateMachine.handedToApply = lastIncludedIndex;\n  stateMachine.lastApplied = Math.min(stateMachine.lastApplied, lastIncludedIndex);\n  stateMachine.commitIndex = lastIncludedIndex;\n",
      },
      withoutAssertion(
        '  assert(stateMachine.commitIndex >= before.commitIndex, "the commit index never decreases");\n',
      ),
    ],
    kind: "S",
    ceiling: 500,
  },
  {
    name: "conflicting-suffix-kept",
    number: 46,
    does: "a follower keeps its log when a snapshot arrives, though the log conflicts with it",
    patches: [
      {
        file: INSTALL,
        find: "if (stateMachine.log.termAt(lastIncludedIndex) === lastIncludedTerm) {",
        replace: "if (stateMachine.log.lastIndex >= lastIncludedIndex) {",
      },
    ],
    kind: "S",
    ceiling: 500,
  },
  {
    name: "snapshot-takes-term-back",
    number: 47,
    does: "installing a snapshot sets the current term to that of its last entry",
    patches: [
      {
        file: INSTALL,
        find: "  stateMachine.handedToApply = lastIncludedIndex;\n",
        replace: "  stateMachine.handedToApply = lastIncludedIndex;\n  raft.voting.currentTerm = lastIncludedTerm;\n",
      },
      withoutAssertion('  assert(voting.currentTerm >= before.term, "the current term never decreases");\n'),
    ],
    kind: "L",
    ceiling: 200,
  },
  {
    name: "snapshot-sent-for-ever",
    number: 72,
    does: "a leader begins a snapshot anew when the follower says that it has it",
    patches: [
      {
        file: INSTALL,
        find: "  if (message.done) finishTransfer(raft, progress, message.matchIndex);\n",
        replace:
          "  if (message.done && progress.transfer !== undefined) {\n    progress.transfer.offset = 0;\n    progress.awaitingTicks = undefined;\n  } else if (message.done) finishTransfer(raft, progress, message.matchIndex);\n",
      },
    ],
    kind: "L",
    ceiling: 500,
  },
];
