// Planted bugs of linearizable reads: read rounds and leader leases.
import type { PlantedBug } from "../planted-bug.ts";

const READS = "src/raft/read-index.ts";

export const readBugs: readonly PlantedBug[] = [
  {
    name: "read-before-own-commit",
    number: 34,
    does: "a new leader serves reads before it has committed an entry of its own term",
    patches: [
      {
        file: READS,
        find: "hasCommittedInTerm(raft) ? stateMachine.commitIndex : leader.termStartIndex",
        replace: "stateMachine.commitIndex",
      },
      { file: READS, find: "  if (!hasCommittedInTerm(raft)) return;\n", replace: "" },
    ],
    kind: "S",
    ceiling: 300,
  },
  {
    name: "read-without-round",
    number: 35,
    does: "a leader serves reads without asking anybody whether it still leads",
    patches: [
      { file: READS, find: "const confirmed = hasLease(raft)\n", replace: "const confirmed = leader !== undefined\n" },
    ],
    kind: "S",
    ceiling: 100,
  },
  {
    name: "lease-kept-after-timeout-now",
    number: 37,
    does: "a leader that gave up a transfer trusts its lease again, though its TimeoutNow may still arrive",
    patches: [{ file: "src/raft/transfer.ts", find: "  leader.leaseForfeited = true;\n", replace: "" }],
    kind: "S",
    ceiling: 3000,
  },
  {
    name: "lease-kept-during-transfer",
    number: 37,
    does: "a leader trusts its lease while it hands over, and afterwards",
    patches: [
      { file: "src/raft/transfer.ts", find: "  leader.leaseForfeited = true;\n", replace: "" },
      {
        file: READS,
        find: "leader.leaseForfeited || leader.transfer !== undefined)",
        replace: "leader.leaseForfeited)",
      },
    ],
    kind: "S",
    ceiling: 3000,
  },
  {
    name: "lease-from-arrival-of-answer",
    number: 38,
    does: "a lease counts from when an answer arrived, not from when its question was sent",
    patches: [
      {
        file: "src/raft/handlers/append-entries-messages.ts",
        find: "  heardFrom(progress, message);\n",
        replace: "  heardFrom(progress, { round: message.round, sentAt: raft.now });\n",
      },
    ],
    kind: "S",
    ceiling: 500,
  },
  {
    name: "lease-by-ticks",
    number: 38,
    does: "a lease is judged by counted ticks, so a paused process trusts it too long",
    patches: [
      {
        file: READS,
        find: "(leader.progress.get(id)?.ackedSentAt ?? Number.NEGATIVE_INFINITY)",
        replace: "raft.now - (leader.progress.get(id)?.ticksSinceHeard ?? Number.POSITIVE_INFINITY) * config.tickMs",
      },
    ],
    kind: "S",
    ceiling: 500,
  },
  {
    name: "lease-ignores-drift",
    number: 38,
    does: "a lease is as long as the followers' protection, whatever the clocks' drift",
    patches: [{ file: READS, find: " * (1 - config.clockDriftMax);", replace: ";" }],
    kind: "S",
    ceiling: 500,
  },
];
