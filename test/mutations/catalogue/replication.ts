// Planted bugs of the log: replication, commitment, what is durable.
import type { PlantedBug } from "../planted-bug.ts";
import { withoutAssertion } from "./elections.ts";

const APPEND = "src/raft/handlers/append-entries-messages.ts";
const COMMIT = "src/raft/commit.ts";
const LOG = "src/raft/log.ts";

export const replicationBugs: readonly PlantedBug[] = [
  {
    name: "earlier-term-committed-by-counting",
    number: 1,
    does: "a leader commits an entry of an earlier term because a majority holds it (Figure 8)",
    patches: [
      {
        file: COMMIT,
        find: "  if (log.termAt(quorumMatch) !== voting.currentTerm) return false;\n",
        replace: "",
      },
    ],
    kind: "S",
    ceiling: 2000,
  },
  {
    name: "truncates-without-conflict",
    number: 7,
    does: "an AppendEntries replaces all that follows its prevLogIndex, so an old one erases acknowledged entries",
    patches: [
      {
        file: APPEND,
        find: "entries.find((entry) => entry.index > commitIndex && log.termAt(entry.index) !== entry.term);",
        replace: "entries.find((entry) => entry.index > commitIndex);",
      },
    ],
    kind: "S",
    ceiling: 300,
  },
  {
    name: "commits-unverified-entries",
    number: 8,
    does: "a follower takes over leaderCommit as far as its own log goes, verified or not",
    patches: [
      {
        file: APPEND,
        find: "Math.min(message.leaderCommit, lastVerified)",
        replace: "Math.min(message.leaderCommit, log.lastIndex)",
      },
    ],
    kind: "S",
    ceiling: 300,
  },
  {
    name: "oversized-entry-dropped",
    number: 10,
    does: "a follower skips what is larger than a batch may be, and acknowledges it",
    patches: [
      {
        file: APPEND,
        find: "  storeEntries(raft, message.entries);\n",
        replace:
          "  const whole = message.entries.findIndex((entry) => entryBytes(entry) > raft.config.messageBytesMax);\n  storeEntries(raft, whole === -1 ? message.entries : message.entries.slice(0, whole));\n",
      },
      {
        file: APPEND,
        find: 'import type { Entry, LogIndex } from "../entry.ts";',
        replace: 'import { entryBytes, type Entry, type LogIndex } from "../entry.ts";',
      },
      {
        file: APPEND,
        find: "commitTo(raft, Math.max(commitIndex, Math.min(message.leaderCommit, lastVerified)));",
        replace: "commitTo(raft, Math.max(commitIndex, Math.min(message.leaderCommit, lastVerified, log.lastIndex)));",
      },
    ],
    kind: "S",
    ceiling: 300,
  },
  {
    name: "entry-cache-not-truncated",
    number: 11,
    does: "entries are read through a cache that keeps what was truncated from the log",
    patches: [
      {
        file: LOG,
        find: "  #entries: Entry[] = [];\n",
        replace: "  #entries: Entry[] = [];\n  readonly #cache = new Map<number, Entry>();\n",
      },
      {
        file: LOG,
        find: "      this.#entries.push(entry);\n",
        replace:
          "      this.#entries.push(entry);\n      if (!this.#cache.has(entry.index)) this.#cache.set(entry.index, entry);\n",
      },
      {
        file: LOG,
        find: "const entries = this.#entries.slice(start, Math.min(to - this.firstIndex + 1, start + entriesMax));",
        replace:
          "const entries = this.#entries.slice(start, Math.min(to - this.firstIndex + 1, start + entriesMax)).map((entry) => this.#cache.get(entry.index) ?? entry);",
      },
    ],
    kind: "S",
    ceiling: 500,
  },
  {
    name: "leader-counts-unsynced-self",
    number: 13,
    does: "a leader counts its own log as far as it goes, not as far as it is durable",
    patches: [
      {
        file: COMMIT,
        find: "return raft.stateMachine.log.durableIndex;",
        replace: "return raft.stateMachine.log.lastIndex;",
      },
    ],
    kind: "D",
    ceiling: 100,
  },
  {
    name: "match-index-goes-back",
    number: 14,
    does: "an old acknowledgement takes matchIndex back",
    patches: [
      { file: "src/raft/progress.ts", find: "  if (index <= progress.matchIndex) return false;\n", replace: "" },
    ],
    kind: "S",
    ceiling: 300,
  },
  {
    name: "commit-index-goes-back",
    number: 15,
    does: "a follower takes over a smaller leaderCommit from an old message",
    patches: [
      { file: COMMIT, find: "Math.max(stateMachine.commitIndex, index)", replace: "index" },
      {
        file: APPEND,
        find: "commitTo(raft, Math.max(commitIndex, Math.min(message.leaderCommit, lastVerified)));",
        replace: "commitTo(raft, Math.min(message.leaderCommit, lastVerified));",
      },
      withoutAssertion(
        '  assert(stateMachine.commitIndex >= before.commitIndex, "the commit index never decreases");\n',
      ),
      withoutAssertion(
        '  assert(handedToApply <= commitIndex, "only committed entries are handed out for applying");\n',
      ),
    ],
    kind: "S",
    ceiling: 200,
  },
];
