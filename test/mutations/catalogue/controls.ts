// Changes that are no mistakes: the oracles must not object to what merely differs.
import type { Control } from "../planted-bug.ts";

const REPLICATION = "src/raft/replication.ts";

/** One patch each. */
function control(name: string, does: string, ...[file, find, replace]: readonly [string, string, string]): Control {
  return { name, does, patches: [{ file, find, replace }] };
}

export const controls: readonly Control[] = [
  { name: "unchanged", does: "the source as it is", patches: [] },
  control(
    "heartbeat-every-tick",
    "followers get a heartbeat with every tick",
    REPLICATION,
    "if (progress.ticksSinceSent >= patience * heartbeatTicks) return true;",
    "if (progress.ticksSinceSent >= Math.min(1, patience * heartbeatTicks)) return true;",
  ),
  control(
    "smaller-batches",
    "a message carries half as many entries as it may",
    REPLICATION,
    "entriesMax: config.entriesPerMessageMax,",
    "entriesMax: Math.ceil(config.entriesPerMessageMax / 2),",
  ),
  control(
    "longer-timeouts",
    "election timeouts are drawn from a wider range",
    "src/raft/raft.ts",
    "to: 2 * electionTimeoutTicks - 1,",
    "to: 2 * electionTimeoutTicks + 1,",
  ),
  control(
    "every-message-answered",
    "a leader wants an answer to every message",
    REPLICATION,
    'const answered = replyWanted || entries.length > 0 || progress.state === "probe";',
    "const answered = true;",
  ),
  control(
    "probes-without-entries",
    "a leader that does not know how far a follower agrees sends no entries with its question",
    REPLICATION,
    "return progress.responsive && !progress.inflights.isFull(raft.config);",
    'return progress.responsive && (progress.state !== "probe" || progress.misses % 2 === 0) && !progress.inflights.isFull(raft.config);',
  ),
  control(
    "shorter-lease",
    "a leader trusts its lease for half as long as it may",
    "src/raft/read-index.ts",
    "voteProtectionMs(raft) * (1 - config.clockDriftMax);",
    "(voteProtectionMs(raft) / 2) * (1 - config.clockDriftMax);",
  ),
  control(
    "smaller-chunks",
    "snapshots travel in chunks of half the size",
    REPLICATION,
    "transfer.offset + config.snapshotChunkBytesMax;",
    "transfer.offset + Math.ceil(config.snapshotChunkBytesMax / 2);",
  ),
  control(
    "one-more-entry-kept",
    "compaction keeps one entry more",
    "src/raft/raft-node.ts",
    "Math.min(index - keepEntries, log.durableIndex);",
    "Math.min(index - keepEntries - 1, log.durableIndex);",
  ),
  control(
    "votes-asked-for-thrice",
    "a candidate repeats its requests more often",
    "src/raft/timers.ts",
    "elapsed === config.resendTicks || elapsed === 3 * config.resendTicks",
    "elapsed % config.resendTicks === 0",
  ),
];
